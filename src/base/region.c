/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The region at one fixed address; see region.h.
 * Runs in: either (init only maps).
 */
#include "base/region.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"

/*
 * An address that no loader, stack, heap or sanitizer shadow of the architecture uses, and that lies
 * below the smallest user address space (39 bits) on the 64-bit ones other than x86-64.
 */
#if defined(__x86_64__)
#define REGION_ADDRESS UINT64_C(0x200000000000)
#elif UINTPTR_MAX > UINT32_MAX
#define REGION_ADDRESS UINT64_C(0x2000000000)
#else
#define REGION_ADDRESS UINT64_C(0x60000000)
#endif

/* A document is at most 16 MiB, and no property grows by more than eight times in the plan. */
#define REGION_SIZE ((size_t)256 << 20)

/* The plan of a manager's container. */
#define USUAL_SIZE ((size_t)24 << 10)

#define REGION_ALIGN 16u

/* linux/mman.h, Linux 5.14 */
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif
#ifndef F_ADD_SEALS
#define F_ADD_SEALS 1033
#define F_SEAL_SEAL 0x0001
#define F_SEAL_SHRINK 0x0002
#define F_SEAL_GROW 0x0004
#define F_SEAL_WRITE 0x0008
#endif

static size_t mapped_size(size_t used)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return (used + page - 1) / page * page;
}

static void *address(void)
{
	return (void *)(uintptr_t)REGION_ADDRESS; /* NOLINT(performance-no-int-to-ptr): fixed on purpose */
}

int region_open(struct region *region, struct err *err)
{
	void *p = mmap(address(), REGION_SIZE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);

	if (p == MAP_FAILED)
		return err_errno(err, ERR_NOWHERE, "reserve address space for the plan");
	if (p != address()) {
		(void)munmap(p, REGION_SIZE);
		return err_say(err, ERR_NOWHERE, "reserve address space for the plan: address %p is taken",
			       address());
	}
	/*
	 * Of so large a mapping the kernel would hand out two megabytes at the first touch, and clear them.  It
	 * may know no huge pages (EINVAL).
	 */
	(void)madvise(p, REGION_SIZE, MADV_NOHUGEPAGE);
	/* A plan's usual size at once, without a fault for each page; before Linux 5.14 as it comes. */
	(void)madvise(p, USUAL_SIZE, MADV_POPULATE_WRITE);
	region->base = p;
	region->used = 0;
	return 0;
}

void *region_alloc(struct region *region, size_t size)
{
	size_t rounded = (size + REGION_ALIGN - 1) / REGION_ALIGN * REGION_ALIGN;
	void *p;

	if (region->base == NULL || rounded < size || rounded > REGION_SIZE - region->used)
		abort();
	p = region->base + region->used;
	region->used += rounded;
	return p; /* fresh anonymous pages are zero */
}

void *region_memdup(struct region *region, const void *data, size_t size)
{
	void *p = region_alloc(region, size);

	if (size > 0)
		memcpy(p, data, size);
	return p;
}

char *region_strdup(struct region *region, const char *text)
{
	return text == NULL ? NULL : region_memdup(region, text, strlen(text) + 1);
}

char *region_format(struct region *region, const char *format, ...)
{
	va_list args;
	int n;
	char *p;

	va_start(args, format);
	n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (n < 0)
		abort();
	p = region_alloc(region, (size_t)n + 1);
	va_start(args, format);
	(void)vsnprintf(p, (size_t)n + 1, format, args);
	va_end(args);
	return p;
}

int region_seal(struct region *region, struct err *err)
{
	size_t size = mapped_size(region->used);
	auto_fd int fd = -1;

	/* MFD_NOEXEC_SEAL is Linux 6.3; older kernels refuse the flag. */
	fd = (int)syscall(SYS_memfd_create, "tare-plan", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);
	if (fd < 0 && errno == EINVAL)
		fd = (int)syscall(SYS_memfd_create, "tare-plan", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return err_errno(err, ERR_NOWHERE, "make a memory file for the plan");
	if (fd_write_all(fd, region->base, size) < 0)
		return err_errno(err, ERR_NOWHERE, "write the plan to its memory file");
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
		return err_errno(err, ERR_NOWHERE, "seal the plan");
	if (mprotect(region->base, size, PROT_READ) < 0)
		return err_errno(err, ERR_NOWHERE, "make the plan read-only");
	return take_fd(&fd);
}

int region_map(struct region *region, int fd, struct err *err)
{
	struct stat st;
	void *p;

	if (fstat(fd, &st) < 0)
		return err_errno(err, ERR_NOWHERE, "look at the plan's memory file");
	p = mmap(address(), (size_t)st.st_size, PROT_READ, MAP_PRIVATE | MAP_FIXED_NOREPLACE, fd, 0);
	if (p == MAP_FAILED)
		return err_errno(err, ERR_NOWHERE, "map the plan");
	if (p != address()) {
		(void)munmap(p, (size_t)st.st_size);
		return err_say(err, ERR_NOWHERE, "map the plan: address %p is taken", address());
	}
	region->base = p;
	region->used = (size_t)st.st_size;
	return 0;
}

void region_close(struct region *region)
{
	if (region->base != NULL)
		(void)munmap(region->base, REGION_SIZE);
	region->base = NULL;
	region->used = 0;
}
