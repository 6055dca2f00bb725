# Toolchain file: cross compilation for 64-bit ARM on Debian, with what scripts/bootstrap --arm64 installs and unpacks
# (preset arm64). The tests run under qemu's user mode emulation.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)

# Beside the libraries for ARM: Boost, whose headers are the same everywhere, where bootstrap has unpacked it.
get_filename_component(build ${CMAKE_CURRENT_LIST_DIR}/../build ABSOLUTE)
set(CMAKE_SYSROOT ${build}/sysroot-arm64)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64 -L ${CMAKE_SYSROOT})
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${CMAKE_SYSROOT})
set(ENV{PKG_CONFIG_LIBDIR} ${CMAKE_SYSROOT}/usr/lib/aarch64-linux-gnu/pkgconfig)
set(CMAKE_FIND_ROOT_PATH ${build}/deps)
file(GLOB boost ${build}/deps/usr/lib/*/cmake/Boost-*)
if(boost)
  set(Boost_DIR ${boost})
endif()
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
