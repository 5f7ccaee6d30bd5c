/*
 * To be preloaded: kills the process (SIGKILL) at the KILL_AT'th call that changes a file, counted
 * from 1: in the middle of a write, or right after another one. KILL_AT 0 kills nobody; as the
 * process ends, the number of calls goes to the file KILL_COUNT.
 */
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static unsigned long calls; /* preloaded: one process, one run */

static int
is_last_call (void)
{
  const char *at = getenv ("KILL_AT");

  calls++;
  return at != NULL && strtoul (at, NULL, 10) == calls;
}

static void
end (void)
{
  kill (getpid (), SIGKILL);
}

#define NEXT(type, name) ((__typeof__ (type) *) dlsym (RTLD_NEXT, name))

ssize_t
pwrite64 (int file, const void *data, size_t n, off64_t at)
{
  int last = is_last_call ();
  ssize_t written = NEXT (ssize_t (int, const void *, size_t, off64_t),
                          "pwrite64") (file, data, last ? n / 2 : n, at);

  if (last)
    end ();
  return written;
}

/* On 64-bit systems the same by another name. */
ssize_t plain_pwrite (int file, const void *data, size_t n, off64_t at) __asm__("pwrite");
int plain_ftruncate (int file, off64_t size) __asm__("ftruncate");

ssize_t
plain_pwrite (int file, const void *data, size_t n, off64_t at)
{
  return pwrite64 (file, data, n, at);
}

int
ftruncate64 (int file, off64_t size)
{
  int last = is_last_call (), status = NEXT (int (int, off64_t), "ftruncate64") (file, size);

  if (last)
    end ();
  return status;
}

int
plain_ftruncate (int file, off64_t size)
{
  return ftruncate64 (file, size);
}

int
rename (const char *from, const char *to)
{
  int last = is_last_call (), status = NEXT (int (const char *, const char *), "rename") (from, to);

  if (last)
    end ();
  return status;
}

static void __attribute__ ((destructor)) tell (void)
{
  const char *path = getenv ("KILL_COUNT");
  FILE *file = path != NULL ? fopen (path, "w") : NULL;

  if (file == NULL)
    return;
  fprintf (file, "%lu\n", calls);
  fclose (file);
}
