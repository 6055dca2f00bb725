# Builds and runs the projects in this folder against the package in `PREFIX`: one on the core alone, and one with a
# component where that was built. Then what a find says that fails.
cmake_minimum_required(VERSION 3.25)
file(REMOVE_RECURSE ${WORK})
set(run COMMAND_ERROR_IS_FATAL ANY)

set(arguments -G ${GENERATOR} -DCMAKE_BUILD_TYPE=${BUILD_TYPE} -DCMAKE_CXX_COMPILER=${COMPILER}
  -DCMAKE_PREFIX_PATH=${PREFIX})

function(build project)
  set(tree ${WORK}/${project})
  execute_process(COMMAND ${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR}/${project} -B ${tree} ${arguments} ${run})
  execute_process(COMMAND ${CMAKE_COMMAND} --build ${tree} ${run})
  if(GENERATOR STREQUAL "Ninja") # the headers that were read are those of the package
    execute_process(COMMAND ninja -C ${tree} -t deps OUTPUT_VARIABLE headers ${run})
    string(REGEX MATCH "[^\n]*${ROOT}/(include|src|build/deps)/[^\n]*" foreign "${headers}")
    if(foreign)
      message(FATAL_ERROR "${project} is compiled with what lies beside the sources: ${foreign}")
    endif()
  endif()
endfunction()

# What configuring `project` with further arguments must end in.
function(expect_refusal project text)
  execute_process(COMMAND ${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR}/${project} -B ${WORK}/refused ${arguments}
    ${ARGN} RESULT_VARIABLE failed OUTPUT_QUIET ERROR_VARIABLE errors)
  file(REMOVE_RECURSE ${WORK}/refused)
  string(REGEX REPLACE "[ \n]+" " " errors "${errors}")
  string(FIND "${errors}" "${text}" at)
  if(NOT failed OR at EQUAL -1)
    message(FATAL_ERROR "no word of '${text}' in:\n${errors}")
  endif()
endfunction()

build(.)
execute_process(COMMAND ${WORK}/consumer ${run})
file(STRINGS ${WORK}/CMakeCache.txt found REGEX "^(OPENSSL|SQLite3|mongoc|MONGOC)")
if(found)
  message(FATAL_ERROR "the core alone looks for what only components need: ${found}")
endif()
expect_refusal(. "apt-get install libspdlog-dev prometheus-cpp-dev" -DCMAKE_DISABLE_FIND_PACKAGE_spdlog=ON
  -DCMAKE_DISABLE_FIND_PACKAGE_prometheus-cpp=ON)

if(REDIS AND TLS)
  build(components)
  execute_process(COMMAND ${WORK}/components/shop --version OUTPUT_VARIABLE version ${run})
  if(NOT version STREQUAL "shop 1.0.0\n")
    message(FATAL_ERROR "shop --version says: ${version}")
  endif()
  expect_refusal(components "apt-get install libssl-dev" -DCMAKE_DISABLE_FIND_PACKAGE_OpenSSL=ON)
endif()
