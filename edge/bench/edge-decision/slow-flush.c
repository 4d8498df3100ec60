/* Preloaded into a bench process: every flush takes 8 ms longer, as on a slow card. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <unistd.h>

static const useconds_t delay_us = 8000;

int fsync(int fd)
{
	static int (*real)(int);
	if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
	usleep(delay_us);
	return real(fd);
}

int fdatasync(int fd)
{
	static int (*real)(int);
	if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
	usleep(delay_us);
	return real(fd);
}
