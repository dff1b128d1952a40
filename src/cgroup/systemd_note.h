/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What package tools read instead of a DT_NEEDED entry: the note .note.dlopen of the "ELF dlopen metadata"
 * specification of the UAPI Group; owner "FDO", type 0x407c0c0a.  To be included by the one file of a program that
 * loads libsystemd, or has it loaded by a program inside.  Private to this room.
 * Runs in: nothing reads it at run time.
 */
#ifndef TARE_CGROUP_SYSTEMD_NOTE_H
#define TARE_CGROUP_SYSTEMD_NOTE_H

/* Its name, without version of a release: what systemd_library.c uses has been there since systemd 237. */
#define SYSTEMD_LIBRARY "libsystemd.so.0"

/* An ELF note says what is loaded at run time, for packagers (systemd's "ELF dlopen metadata", in JSON). */
#define SYSTEMD_NOTE "[{\"feature\":\"systemd\",\"description\":\"the systemd cgroup manager\"," \
		     "\"priority\":\"suggested\",\"soname\":[\"" SYSTEMD_LIBRARY "\"]}]"

/* The note, as elf(5) has one; its type and owner are those that the format gives. */
static const struct {
	unsigned int name_size, text_size, type;
	char name[4];
	char text[(sizeof(SYSTEMD_NOTE) + 3) / 4 * 4];
} systemd_note __attribute__((used, section(".note.dlopen"), aligned(4))) = {
	.name_size = 4,
	.text_size = sizeof(SYSTEMD_NOTE),
	.type = 0x407c0c0a,
	.name = "FDO",
	.text = SYSTEMD_NOTE,
};

#endif
