# cmake -DOBJECTS=... -DLIBC=.../libc.a -DDIRECTORY=... -DTOOLS=... -P static_recorder.cmake
#
# OBJECTS are the recorder's, LIBC the machine's, DIRECTORY is for what is made, and TOOLS is where GNU's binutils are.
# Makes what a static program is linked with in place of the recorder's shared library:
#
#   recorder.o      all of the recorder in one object. Its insides are local; its hooks are weak, so that a program's own
#                   malloc is no duplicate; the libc function behind a hook is __real_NAME.
#   libc.a          a copy of the machine's, in which each function that a hook stands before is called __real_NAME, by libc
#                   itself too. So libc calls its own functions past the hooks, from before the program is relocated
#                   on, as a shared libc does. As there, malloc and its like are the exception.
#   stdc++.options, atomic.options, gomp.options
#                   for the linker, which puts our hooks of that library's functions before them.
cmake_minimum_required(VERSION 3.24)
file(MAKE_DIRECTORY ${DIRECTORY})
set(work ${DIRECTORY}/work)
file(REMOVE_RECURSE ${work})
file(MAKE_DIRECTORY ${work})

function(run)
  execute_process(COMMAND ${ARGV} WORKING_DIRECTORY ${work} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

# The names that `file` defines for others (`what` is --defined-only) or wants of them (--undefined-only).
function(symbols_of file what result)
  execute_process(COMMAND ${TOOLS}/nm --extern-only ${what} --format=posix ${file} OUTPUT_VARIABLE text ERROR_QUIET
    COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCHALL "(^|\n)[A-Za-z_][A-Za-z_0-9.@]* [A-Za-z]" lines "${text}")
  list(TRANSFORM lines REPLACE "^\n*([^ ]+) .*$" "\\1")
  list(REMOVE_DUPLICATES lines)
  set(${result} "${lines}" PARENT_SCOPE)
endfunction()

function(write_lines file)
  string(REPLACE ";" "\n" text "${ARGN}")
  file(WRITE ${file} "${text}\n")
endfunction()

# The groups of inline functions are dissolved: ours are not to be exchanged for those of the program. Our code has a section of
# its own, by which the recorder knows itself (runtime-hooks/record/modules.cc).
file(WRITE ${work}/sections "SECTIONS { tenter_text : { *(.text .text.*) } }\n")
run(${TOOLS}/ld.bfd -r --force-group-allocation -T sections -o linked.o ${OBJECTS})
run(${TOOLS}/objcopy --strip-debug --localize-hidden --remove-section=.llvm_addrsig linked.o)
symbols_of(${work}/linked.o --defined-only hooks)
symbols_of(${work}/linked.o --undefined-only wanted)
symbols_of(${LIBC} --defined-only of_libc)

# Of some functions libc.a says that they do not work in a static program without shared libraries. To stand before them would be
# to link them, and its warnings, into each program.
execute_process(COMMAND ${TOOLS}/objdump --section-headers ${LIBC} OUTPUT_VARIABLE text ERROR_QUIET COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "\\.gnu\\.warning\\.[A-Za-z_0-9]+" discouraged "${text}")
list(TRANSFORM discouraged REPLACE "^\\.gnu\\.warning\\." "")

set(stood_before "")
set(left_alone "")
set(wrapped "")
foreach(hook IN LISTS hooks)
  if(hook IN_LIST discouraged)
    list(APPEND left_alone ${hook})
  elseif(hook IN_LIST of_libc)
    list(APPEND stood_before ${hook})
  elseif("__real_${hook}" IN_LIST wanted)
    list(APPEND wrapped ${hook})
  endif()
endforeach()
list(REMOVE_ITEM hooks ${left_alone})

# What we call of others without a hook, and what a program may do without.
set(called "")
set(optional "")
foreach(name IN LISTS wanted)
  if(name MATCHES "^__real_(.*)$" AND NOT CMAKE_MATCH_1 IN_LIST stood_before)
    if(NOT CMAKE_MATCH_1 IN_LIST of_libc OR CMAKE_MATCH_1 IN_LIST left_alone)
      list(APPEND optional ${name})
    endif()
    if(NOT CMAKE_MATCH_1 IN_LIST wrapped AND NOT CMAKE_MATCH_1 IN_LIST left_alone)
      list(APPEND called "${name} ${CMAKE_MATCH_1}")
    endif()
  endif()
endforeach()

set(renamed ${wrapped})
list(TRANSFORM renamed REPLACE "(.+)" "\\1 __wrap_\\1")
write_lines(${work}/local ${left_alone})
write_lines(${work}/weak ${hooks} ${optional})
write_lines(${work}/renamed ${renamed} ${called})
run(${TOOLS}/objcopy --localize-symbols=local --weaken-symbols=weak linked.o)
run(${TOOLS}/objcopy --redefine-syms=renamed linked.o recorder.o)
# A weak reference brings nothing out of an archive, hence --undefined.
set(of_atomic ${wrapped})
set(of_gomp ${wrapped})
list(FILTER of_atomic INCLUDE REGEX "^__atomic_")
list(FILTER of_gomp INCLUDE REGEX "^(GOMP|omp)_")
list(REMOVE_ITEM wrapped ${of_atomic} ${of_gomp})
set(of_stdc++ ${wrapped})
foreach(library stdc++ atomic gomp)
  list(TRANSFORM of_${library} REPLACE "(.+)" "--wrap=\\1\n--undefined=\\1")
  write_lines(${work}/${library}.options ${of_${library}})
endforeach()

run(${TOOLS}/ar x ${LIBC} malloc.o)
symbols_of(${work}/malloc.o --defined-only of_malloc)
set(allocation ${stood_before})
set(others ${stood_before})
list(REMOVE_ITEM others ${of_malloc})
list(REMOVE_ITEM allocation ${others})
list(TRANSFORM others REPLACE "(.+)" "\\1 __real_\\1")
list(TRANSFORM allocation REPLACE "(.+)" "\\1 __real_\\1")
write_lines(${work}/others ${others})
write_lines(${work}/allocation ${allocation})
run(${TOOLS}/objcopy --redefine-syms=others ${LIBC} libc.a)
run(${TOOLS}/objcopy --redefine-syms=others --redefine-syms=allocation malloc.o)
# These are a part of each program, also where libc is shared.
set(of_programs atexit.o at_quick_exit.o pthread_atfork.o)
run(${TOOLS}/ar x ${LIBC} ${of_programs})
run(${TOOLS}/ar r libc.a malloc.o ${of_programs})

foreach(part recorder.o libc.a stdc++.options atomic.options gomp.options)
  file(RENAME ${work}/${part} ${DIRECTORY}/${part})
endforeach()
file(REMOVE_RECURSE ${work})
