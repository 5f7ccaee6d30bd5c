/* Marks what libsimdit exports; everything else is hidden. */
#ifndef SIMDIT_EXPORT_H
#define SIMDIT_EXPORT_H

#if defined(__GNUC__)
#define SIMDIT_API __attribute__ ((visibility ("default")))
#else
#define SIMDIT_API
#endif

#endif
