#include "cli/cli.h"

#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A new command is a file cmd_NAME.c, a declaration in cli.h and a row here. */
static const CliCommand commands[] = {
  { "estimate", "work out what a network costs on a machine, without simulating it", cli_estimate },
  { "validate", "compare the simulation with the estimate, with causes", cli_validate },
  { "run", "simulate a network on a machine", cli_run },
  { "top", "list the layers and causes of an output file that cost most", cli_top },
  { "trace", "write what happened when, for Perfetto and other viewers", cli_trace },
  { "report", "write a run as a page for people", cli_report },
  { "diff", "say where two runs part", cli_diff },
  { "explore", "find the best division of SRAM and bandwidth, and simulate it", cli_explore },
  { "merge", "put the shards of an exploration together", cli_merge },
  { "counters", "print a per-cycle counter of an output file", cli_counters },
  { "net", "print the program of a network", cli_net },
  { "dram", "replay a trace of memory requests on a DRAM by itself", cli_dram },
  { "list", "show the machines, networks and DRAMs that come with simdit", cli_list },
};

static void
print_help (GString *text)
{
  g_string_append (text,
                   "Usage: simdit COMMAND [OPTION...]\n\n"
                   "Cycle-level simulation of CNNs on a systolic accelerator.\n\nCommands:\n");
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    g_string_append_printf (text, "  %-10s %s\n", commands[i].name, commands[i].summary);
  g_string_append (text, "\nsimdit COMMAND --help documents each; simdit --version prints the "
                         "version.\nExit status: 0 ok, 1 bad input or failed check, 2 usage.\n");
}

int
main (int argc, char **argv)
{
  g_autoptr (GString) help = g_string_new (NULL);
  g_autofree char *word = NULL;

  setlocale (LC_CTYPE, "");
  signal (SIGXFSZ, SIG_IGN); /* beyond "ulimit -f" writing fails, as on a full disk */
  atexit (cli_check_stdout);
  print_help (help);
  if (argc < 2)
    {
      fputs (help->str, stderr);
      return CLI_BAD_USAGE;
    }
  if (g_str_equal (argv[1], "--help") || g_str_equal (argv[1], "-h")
      || g_str_equal (argv[1], "help"))
    return cli_write_stdout (help) ? CLI_OK : CLI_BAD_INPUT;
  if (g_str_equal (argv[1], "--version"))
    {
      printf ("simdit %s\n", simdit_version ());
      return CLI_OK;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    if (g_str_equal (argv[1], commands[i].name))
      return commands[i].run (argc - 1, argv + 1);
  word = cli_one_line (argv[1]);
  fprintf (stderr, "simdit: there is no command \"%s\"\n\n%s", word, help->str);
  return CLI_BAD_USAGE;
}
