/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The program that systemd_remote.c starts, see bus_image.h. */
#include "bus_image.h"

#include <setjmp.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "image.h"

static const char *other_text;
static size_t other_size;

void bus_image_replace(const char *text, size_t size)
{
	other_text = text;
	other_size = size;
}

struct bus_image bus_image_get(void)
{
	static const void *data;
	static struct stat st;

	if (other_text != NULL)
		return (struct bus_image){ .data = other_text, .size = other_size };
	if (data == NULL) {
		int fd = open(BUS_PROGRAM, O_RDONLY | O_CLOEXEC);

		assert_true(fd >= 0);
		assert_int_equal(fstat(fd, &st), 0);
		data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
		assert_true(data != MAP_FAILED);
		(void)close(fd);
	}
	return (struct bus_image){ .data = data, .size = (size_t)st.st_size };
}
