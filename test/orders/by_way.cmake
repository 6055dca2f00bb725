# Builds the service in its own folder with the library got by `WAY`, tests it with its own test, and has the library's
# test look for a foreign name in all that this binary prints and serves.
cmake_minimum_required(VERSION 3.25)
set(here ${CMAKE_CURRENT_LIST_DIR})
set(run COMMAND_ERROR_IS_FATAL ANY)
file(REMOVE_RECURSE ${WORK})

# At most a hundred lines, without blank lines and comments. That service/ is a folder of its own is for this test.
set(lines 0)
file(GLOB files ${here}/${WAY}/* ${here}/service/*)
foreach(file IN LISTS files)
  file(READ ${file} text)
  string(REGEX REPLACE "[][;]" "" text "${text}") # they mean something in a list
  string(REGEX MATCHALL "[^\n]*[^ \n][^\n]*" code "${text}")
  list(FILTER code EXCLUDE REGEX "^ *(//|# )|\\.\\./service")
  list(LENGTH code count)
  math(EXPR lines "${lines} + ${count}")
endforeach()
if(lines GREATER 100)
  message(FATAL_ERROR "a service by ${WAY} takes ${lines} lines, over 100")
endif()

set(arguments -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_COMPILER=${COMPILER} -DCMAKE_CXX_FLAGS=${FLAGS}
  -DCMAKE_CXX_FLAGS_RELEASE=${RELEASE_FLAGS}
  -DCMAKE_EXPORT_COMPILE_COMMANDS=ON)
if(WAY STREQUAL "find_package")
  list(APPEND arguments -DCMAKE_PREFIX_PATH=${PREFIX})
else()
  set(compiled ${WORK}/compiled.txt)
  find_program(python python3 HINTS /usr/bin) # started for each file: not by a shim
  set(reuse ${python} -I -S -B ${here}/reuse.py ${compiled} ${BUILD} ${WORK}/../add_subdirectory/build --)
  file(WRITE ${WORK}/launcher.cmake "set(CMAKE_CXX_COMPILER_LAUNCHER \"${reuse}\" CACHE STRING \"\")\n")
  list(APPEND arguments -C ${WORK}/launcher.cmake)
endif()
if(WAY STREQUAL "fetch_content")
  list(APPEND arguments -DFETCHCONTENT_SOURCE_DIR_SUNDOWN=${ROOT} -DFETCHCONTENT_FULLY_DISCONNECTED=ON)
endif()
execute_process(COMMAND ${CMAKE_COMMAND} -S ${here}/${WAY} -B ${WORK}/build -G ${GENERATOR} ${arguments} ${run})
execute_process(COMMAND ${CMAKE_COMMAND} --build ${WORK}/build --parallel 2 ${run})
execute_process(COMMAND ${CMAKE_CTEST_COMMAND} --test-dir ${WORK}/build --output-on-failure --no-tests=error ${run})
execute_process(COMMAND ${CMAKE_COMMAND} -E env ORDERS_BINARY=${WORK}/build/service/orders ${NAME_TEST}
  --gtest_filter=OrdersByName.* --gtest_brief=1 ${run})

if(WAY STREQUAL "find_package")
  return()
endif()
# Inside another project the library is as by itself: its flags are the same, nothing but what the service links is
# built, and nothing is installed.
file(STRINGS ${compiled} foreign REGEX "^${ROOT}/src/")
if(foreign)
  list(JOIN foreign "\n" foreign)
  message(FATAL_ERROR "inside another project the library is compiled with other flags:\n${foreign}")
endif()
file(STRINGS ${WORK}/build/compile_commands.json leaked REGEX " -(Wall|Wextra|fsanitize|flto).*service/main\\.cpp")
if(leaked)
  message(FATAL_ERROR "the library's own flags reach the service: ${leaked}")
endif()
file(GLOB_RECURSE archives RELATIVE ${WORK}/build ${WORK}/build/*.a)
if(archives MATCHES "sqlite|mongodb|redis|app")
  message(FATAL_ERROR "built what the service doesn't link: ${archives}")
endif()
execute_process(COMMAND ${CMAKE_COMMAND} --install ${WORK}/build --prefix ${WORK}/installed OUTPUT_QUIET ${run})
file(GLOB_RECURSE installed ${WORK}/installed/*)
if(installed)
  message(FATAL_ERROR "the other project installs what it didn't ask for: ${installed}")
endif()
