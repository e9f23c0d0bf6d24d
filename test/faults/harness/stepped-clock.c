/*
 * The calendar's clock, moved by a number of nanoseconds that stands in a file which all processes map: a step of the
 * clock for one tree of processes, and not for the machine. Clocks that never step stay as they are, as on a real step.
 * Loaded through /etc/ld.so.preload of a private mount namespace, see stepped-clock.ts.
 *
 * Not moved: what the kernel itself stamps (times of files), and waits until a given calendar time.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static int (*real_clock_gettime)(clockid_t, struct timespec *);
static const volatile int64_t *offset;

__attribute__((constructor)) static void begin(void) {
  real_clock_gettime = dlsym(RTLD_NEXT, "clock_gettime");
  int file = open(OFFSET_FILE, O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  void *page = mmap(0, sizeof *offset, PROT_READ, MAP_SHARED, file, 0);
  close(file);
  if (page != MAP_FAILED) offset = page;
}

int clock_gettime(clockid_t clock, struct timespec *time) {
  if (!real_clock_gettime) begin();
  int result = real_clock_gettime(clock, time);
  if (result || !offset || (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE)) return result;
  int64_t moved = time->tv_nsec + *offset % 1000000000;
  int64_t seconds = time->tv_sec + *offset / 1000000000;
  if (moved < 0) { moved += 1000000000; seconds--; }
  if (moved >= 1000000000) { moved -= 1000000000; seconds++; }
  time->tv_nsec = moved;
  time->tv_sec = seconds;
  return 0;
}

int gettimeofday(struct timeval *time, void *zone) {
  (void)zone;
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  time->tv_sec = now.tv_sec;
  time->tv_usec = now.tv_nsec / 1000;
  return 0;
}

time_t time(time_t *place) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (place) *place = now.tv_sec;
  return now.tv_sec;
}
