# tenter-clangd: clangd, linked anew with our checks. Its archives take clang and LLVM from the shared libraries, as tenter-lint
# does, so that the link is a matter of seconds; symbols are left out, as nobody has them for the archives.
set(archives ${llvm_root}/lib)
if(NOT EXISTS ${archives}/libclangdMain.a OR NOT EXISTS ${archives}/libclangDaemon.a)
  message(STATUS "tenter-clangd: not built, because the LLVM in ${llvm_root} comes without libclangdMain.a")
  return()
endif()
file(GLOB tidy_modules ${archives}/libclangTidy*Module.a)
add_executable(tenter-clangd clangd.cc tidy_module.cc)
target_compile_definitions(tenter-clangd PRIVATE TENTER_CLANG_RESOURCE_DIR="${clang_resource_dir}")
target_compile_options(tenter-clangd PRIVATE -fno-exceptions -g0)
target_link_libraries(tenter-clangd PRIVATE tenter_lint
  ${archives}/libclangdMain.a "$<LINK_LIBRARY:WHOLE_ARCHIVE,${archives}/libclangDaemonTweaks.a>" ${archives}/libclangDaemon.a
  ${archives}/libclangdSupport.a ${tidy_modules} ${archives}/libclangTidyUtils.a ${archives}/libclangTidy.a
  ${archives}/libclangIncludeCleaner.a ${archives}/libclangPseudo.a ${clang_shared})
target_link_options(tenter-clangd PRIVATE -s -Wl,--gc-sections)
# Functions of clangd that clangd.cc stands before.
set(TENTER_IS_FAST _ZN5clang6clangd15isFastTidyCheckEN4llvm9StringRefE)
set(TENTER_DEFAULT_CHECKS _ZN5clang6clangd20provideDefaultChecksEv)
set(TENTER_MANGLER _ZNK5clang6clangd14CommandManglerclERNS_7tooling14CompileCommandEN4llvm9StringRefE)
foreach(name TENTER_IS_FAST TENTER_DEFAULT_CHECKS TENTER_MANGLER)
  target_compile_definitions(tenter-clangd PRIVATE ${name}="${${name}}")
  target_link_options(tenter-clangd PRIVATE -Wl,--wrap=${${name}})
endforeach()
tenter_warnings(tenter-clangd)
install(TARGETS tenter-clangd RUNTIME DESTINATION bin)
