# What every target of ours is compiled with, carried by two INTERFACE targets instead of directory-wide flags.
add_library(sundown_warnings INTERFACE)
target_compile_options(sundown_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor
  -Wold-style-cast -Woverloaded-virtual $<$<BOOL:${SUNDOWN_WERROR}>:-Werror>
  # False alarms of GCC: its bug 105651 (mended in 13), and atomics in the elements of an intrusive list (12 and 14).
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-restrict>
  $<$<CXX_COMPILER_ID:GNU>:-Wno-stringop-overflow>
  # Of what is local to a source GCC says that it has no linkage, once the source is a part of a batch.
  $<$<AND:$<BOOL:${SUNDOWN_FAST_BUILD}>,$<CXX_COMPILER_ID:GNU>>:-Wno-subobject-linkage>)

add_library(sundown_options INTERFACE)
target_compile_features(sundown_options INTERFACE cxx_std_20)
target_compile_definitions(sundown_options INTERFACE BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION
  BOOST_ASIO_NO_DEPRECATED)
target_link_libraries(sundown_options INTERFACE sundown_boost Threads::Threads)
if(SUNDOWN_SANITIZE)
  target_compile_options(sundown_options INTERFACE -fsanitize=${SUNDOWN_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(sundown_options INTERFACE -fsanitize=${SUNDOWN_SANITIZE})
  # GCC's own manual says so: with sanitizers it takes what is initialised for what is not (a result<void> here).
  target_compile_options(sundown_options INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  # GCC warns of every atomic_thread_fence under TSan; Asio has one, beside locks that TSan does see.
  if(SUNDOWN_SANITIZE MATCHES thread)
    target_compile_options(sundown_options INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-tsan>)
  endif()
endif()

# One layer: a static library with our flags. sundown_layer(<name> [WITHOUT_ASIO] SOURCES ... LINKS ...)
#   WITHOUT_ASIO: it has nothing of Asio, and so not the headers that the others share
function(sundown_layer name)
  cmake_parse_arguments(arg "WITHOUT_ASIO" "" "SOURCES;LINKS" ${ARGN})
  add_library(${name} STATIC ${arg_SOURCES})
  target_include_directories(${name} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
    $<INSTALL_INTERFACE:include> PRIVATE ${PROJECT_SOURCE_DIR}/src/sundown)
  target_link_libraries(${name} PUBLIC sundown_options ${arg_LINKS} PRIVATE $<BUILD_INTERFACE:sundown_warnings>)
  if(SUNDOWN_FAST_BUILD AND NOT arg_WITHOUT_ASIO)
    target_precompile_headers(${name} REUSE_FROM sundown_headers)
  endif()
endfunction()

# The layer sundown_<name> is a component: a service links it as sundown::<name>, from here or from an installed package.
function(sundown_component name)
  add_library(sundown::${name} ALIAS sundown_${name})
  set_target_properties(sundown_${name} PROPERTIES EXPORT_NAME ${name})
  set_property(GLOBAL APPEND PROPERTY SUNDOWN_COMPONENTS ${name})
endfunction()
