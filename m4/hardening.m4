dnl SPDX-License-Identifier: GPL-2.0-or-later
dnl SD_TRY_FLAG(VARIABLE, FLAG): adds FLAG when compiler and linker take it without a warning.
AC_DEFUN([SD_TRY_FLAG], [
	AC_MSG_CHECKING([whether $CC takes $2])
	sd_saved=$CFLAGS
	CFLAGS="$CFLAGS -Werror $2"
	AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])],
		[AC_MSG_RESULT([yes]); $1="$$1 $2"], [AC_MSG_RESULT([no])])
	CFLAGS=$sd_saved
])

AC_DEFUN([SD_WARNINGS], [
	SD_CFLAGS="-std=gnu11"
	m4_foreach_w([flag], [-Wall -Wextra -Wconversion -Wshadow -Wformat=2 -Wvla -Wmissing-prototypes
		-Wstrict-prototypes -Werror=implicit -Werror=switch-enum],
		[SD_TRY_FLAG([SD_CFLAGS], flag)])
	dnl A linker exports what a library could mean: PAM would call our audit_open() for libaudit's.
	SD_TRY_FLAG([SD_CFLAGS], [-fvisibility=hidden])
	dnl Alone it is refused: it means something beside -Wformat only.
	SD_TRY_FLAG([SD_CFLAGS], [-Wformat -Werror=format-security])
	AC_ARG_ENABLE([werror], [AS_HELP_STRING([--enable-werror], [warnings are errors])],
		[], [enable_werror=no])
	AS_IF([test "$enable_werror" = yes], [SD_CFLAGS="$SD_CFLAGS -Werror"])
])

dnl What the OpenSSF compiler guide asks for; each flag only where it is understood, and
dnl before the user's CFLAGS, so that a distribution's own choice comes last.
AC_DEFUN([SD_HARDENING], [
	SD_LDFLAGS=
	AC_ARG_ENABLE([hardening], [AS_HELP_STRING([--disable-hardening], [no hardening flags])],
		[], [enable_hardening=yes])
	AS_IF([test "$enable_hardening" != no], [
		m4_foreach_w([flag], [-fstack-protector-strong -fstack-clash-protection
			-fno-delete-null-pointer-checks -fno-strict-overflow -fno-strict-aliasing
			-ftrivial-auto-var-init=zero -fzero-init-padding-bits=all -fPIE],
			[SD_TRY_FLAG([SD_CFLAGS], flag)])
		AS_CASE([$host_cpu$(uname -m)], [*x86_64*], [SD_TRY_FLAG([SD_CFLAGS], [-fcf-protection=full])],
			[*aarch64*], [SD_TRY_FLAG([SD_CFLAGS], [-mbranch-protection=standard])])
		dnl One by one: a list would take their commas for its own.
		SD_TRY_FLAG([SD_LDFLAGS], [-pie])
		SD_TRY_FLAG([SD_LDFLAGS], [-Wl,-z,relro])
		SD_TRY_FLAG([SD_LDFLAGS], [-Wl,-z,now])
		SD_TRY_FLAG([SD_LDFLAGS], [-Wl,-z,noexecstack])
		SD_TRY_FLAG([SD_LDFLAGS], [-Wl,--as-needed])
		dnl _FORTIFY_SOURCE means something only with optimisation.
		AS_IF([test "$enable_sanitizer" != yes && test "$enable_coverage" != yes],
			[SD_CPPFLAGS="-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3"])
	])
	AC_SUBST([SD_CPPFLAGS])
])
