# gtape.m4 - checks of configure.ac.  SPDX-License-Identifier: GPL-3.0-or-later

# GTAPE_PROG_BISON, GTAPE_PROG_FLEX
# Needed where the generated files are not there, that is in a git checkout and not in a tarball.
# Not AC_PROG_YACC: it runs `bison -y`, which rejects what the grammar uses.
AC_DEFUN([GTAPE_PROG_BISON],
[AM_MISSING_PROG([BISON], [bison])
AS_IF([test ! -f "$srcdir/grammar/parse.c"],
  [AC_CACHE_CHECK([for Bison 3.6 or newer], [gtape_cv_bison],
     [AS_CASE([`bison --version 2>/dev/null | sed -n '1s/.* //p'`],
        [3.[[6-9]]*|3.[[1-9]][[0-9]]*|[[4-9]]*|[[1-9]][[0-9]]*], [gtape_cv_bison=yes], [gtape_cv_bison=no])])
   AS_IF([test $gtape_cv_bison = no], [AC_MSG_ERROR([the grammar needs Bison 3.6 or newer; ./bootstrap installs it])])])])

AC_DEFUN([GTAPE_PROG_FLEX],
[AM_MISSING_PROG([FLEX], [flex])
AS_IF([test ! -f "$srcdir/grammar/scan.c"],
  [AC_CHECK_PROG([gtape_have_flex], [flex], [yes], [no])
   AS_IF([test $gtape_have_flex = no], [AC_MSG_ERROR([the scanner needs Flex; ./bootstrap installs it])])])])

# GTAPE_COMPILER_FLAGS(VARIABLE, FLAGS)
# Those of FLAGS that the C compiler takes.
AC_DEFUN([GTAPE_COMPILER_FLAGS],
[$1=
gtape_cflags=$CFLAGS
for gtape_flag in $2
do
  AC_MSG_CHECKING([whether $CC takes $gtape_flag])
  CFLAGS="$gtape_cflags -Werror $gtape_flag"
  AC_COMPILE_IFELSE([AC_LANG_PROGRAM()],
    [AC_MSG_RESULT([yes])
     $1="$$1 $gtape_flag"],
    [AC_MSG_RESULT([no])])
done
CFLAGS=$gtape_cflags
AC_SUBST([$1])])

AC_DEFUN([GTAPE_LINKER_FLAGS],
[AC_MSG_CHECKING([whether the linker takes $2])
gtape_ldflags=$LDFLAGS
LDFLAGS="$LDFLAGS $2 -Wl,--fatal-warnings"
AC_LINK_IFELSE([AC_LANG_PROGRAM()],
  [AC_MSG_RESULT([yes])
   $1="$2"],
  [AC_MSG_RESULT([no])
   $1=])
LDFLAGS=$gtape_ldflags
AC_SUBST([$1])])

# GTAPE_CXX_CHARCONV
# Numbers are written by libstdc++'s to_chars, and read by from_chars on some machines, behind a C interface
# (src/base/number_cxx.cc), where a C++17 compiler has them for doubles and they can be linked
# statically, into a shared library too: a dependency on libstdc++.so would cost each start 1.5 ms.
AC_DEFUN([GTAPE_CXX_CHARCONV],
[AC_CACHE_CHECK([for <charconv> with doubles, linked statically], [gtape_cv_cxx_charconv],
  [gtape_cv_cxx_charconv=no
   AC_LANG_PUSH([C++])
   gtape_cxxflags=$CXXFLAGS gtape_libs=$LIBS
   CXXFLAGS="$CXXFLAGS -std=c++17 -fPIC -shared"
   LIBS="-static-libstdc++ -static-libgcc -Wl,--no-undefined -l:libstdc++.a $LIBS"
   AC_LINK_IFELSE([AC_LANG_SOURCE([[
#include <charconv>
extern "C" long convert(char *o, double x);
long convert(char *o, double x) {
    auto e = std::from_chars(o, o + 3, x);
    auto r = std::to_chars(o, o + 40, x, std::chars_format::scientific);
    return e.ptr - r.ptr;
}
]])], [gtape_cv_cxx_charconv=yes])
   CXXFLAGS=$gtape_cxxflags LIBS=$gtape_libs
   AC_LANG_POP([C++])])
AS_IF([test $gtape_cv_cxx_charconv = yes],
  [AC_DEFINE([HAVE_CXX_CHARCONV], [1], [Define to 1 where number_cxx.cc is part of the build.])
   # Not -Wl,-Bstatic: libtool would move it in front of the objects.
   CHARCONV_LIBS="-l:libstdc++.a" CHARCONV_LDFLAGS="-static-libgcc"],
  [CHARCONV_LIBS= CHARCONV_LDFLAGS=])
AC_SUBST([CHARCONV_LIBS])
AC_SUBST([CHARCONV_LDFLAGS])
AM_CONDITIONAL([HAVE_CXX_CHARCONV], [test $gtape_cv_cxx_charconv = yes])])

# GTAPE_READLINE
# The REPL opens Readline on first use, since linking it would cost each start 1 ms: only its headers
# are needed here, and the name that the dynamic linker knows it by.
AC_DEFUN([GTAPE_READLINE],
[AS_IF([test "x$with_readline" != xno],
  [AC_CHECK_HEADERS([readline/readline.h readline/history.h], [gtape_readline=yes], [gtape_readline=no; break])
   AS_IF([test $gtape_readline = yes],
     [AC_CACHE_CHECK([for the soname of Readline], [gtape_cv_readline_soname],
        [gtape_cv_readline_soname=no
         gtape_libs=$LIBS
         LIBS="-lreadline $LIBS"
         AC_LINK_IFELSE([AC_LANG_PROGRAM([[#include <stdio.h>
#include <readline/readline.h>]], [[return readline("") != NULL]])],
           [gtape_cv_readline_soname=`objdump -p conftest$EXEEXT 2>/dev/null | awk '$[]1 == "NEEDED" && $[]2 ~ /readline/ {print $[]2}'`
            AS_IF([test "x$gtape_cv_readline_soname" = x], [gtape_cv_readline_soname=no])])
         LIBS=$gtape_libs])
      AS_IF([test $gtape_cv_readline_soname = no], [gtape_readline=no])])
   AS_IF([test $gtape_readline = no && test "x$with_readline" = xyes],
     [AC_MSG_ERROR([--with-readline was given but Readline is not there])])
   with_readline=$gtape_readline])
AS_IF([test "x$with_readline" = xyes],
  [AC_DEFINE([HAVE_LIBREADLINE], [1], [Define to 1 where the REPL uses GNU Readline.])
   AC_DEFINE_UNQUOTED([READLINE_SONAME], ["$gtape_cv_readline_soname"], [What the dynamic linker calls Readline.])])
AC_SEARCH_LIBS([dlopen], [dl])])
