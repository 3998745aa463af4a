# cmake -DARCHIVE=... -DREADELF=... -DOBJCOPY=... -P own_functions.cmake
#
# Gives every inline function in the archive a name that nobody else has. The linker keeps one copy of an inline
# function for the whole program. Where that is the program's own, instrumented one, the library's inner workings would
# be recorded as if they were the program's, and races that nobody has be found among them.
execute_process(COMMAND ${READELF} --symbols --wide ${ARCHIVE} OUTPUT_VARIABLE symbols COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "FUNC +WEAK +[A-Z]+ +[0-9]+ [^\n]+" symbols "${symbols}")
set(renamed "")
foreach(symbol IN LISTS symbols)
  string(REGEX REPLACE "^.* " "" name "${symbol}")
  # Constructors and destructors come in variants, and a group of them goes by the name of variant 5.
  string(REGEX REPLACE "([CD])[0-4]E" "\\15E" group "${name}")
  foreach(each ${name} ${group})
    if(NOT each MATCHES "\\.tenter$")
      list(APPEND renamed "${each} ${each}.tenter")
    endif()
  endforeach()
endforeach()
# libc's memory functions are interposed by recorders; lib/task/own_memory.cc has others.
foreach(name memcpy memmove memset memcmp bcmp strlen)
  list(APPEND renamed "${name} tenter_own_${name}")
endforeach()
# Its allocations go through lib/task/own_heap.cc, which calls the real ones by another name until here.
foreach(name malloc aligned_alloc free _Znwm _Znam _ZdlPv _ZdaPv _ZdlPvm _ZnwmSt11align_val_t _ZdlPvSt11align_val_t
    _ZdlPvmSt11align_val_t)
  list(APPEND renamed "${name} tenter_own_${name}" "tenter_real_${name} ${name}")
endforeach()
# Recorders see the guards of static locals; lib/task/own_guards.cc has others.
foreach(name acquire release abort)
  list(APPEND renamed "__cxa_guard_${name} tenter_own___cxa_guard_${name}")
endforeach()
list(REMOVE_DUPLICATES renamed)
list(SORT renamed)
string(REPLACE ";" "\n" renamed "${renamed}")
file(WRITE ${ARCHIVE}.renamed "${renamed}\n")
execute_process(COMMAND ${OBJCOPY} --redefine-syms=${ARCHIVE}.renamed ${ARCHIVE} COMMAND_ERROR_IS_FATAL ANY)
