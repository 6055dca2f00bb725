# Installs the build in `BUILD` to a new prefix below `WORK`, then builds and runs the projects in this folder against
# it: one on the core alone, and one with a component where that was built.
file(REMOVE_RECURSE ${WORK})
set(run COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${CMAKE_COMMAND} --install ${BUILD} --prefix ${WORK}/prefix OUTPUT_QUIET ${run})

function(build project)
  execute_process(COMMAND ${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR}/${project} -B ${WORK}/build/${project}
    -G ${GENERATOR} -DCMAKE_BUILD_TYPE=${BUILD_TYPE} -DCMAKE_CXX_COMPILER=${COMPILER}
    -DCMAKE_PREFIX_PATH=${WORK}/prefix\;${DEPS} ${run})
  execute_process(COMMAND ${CMAKE_COMMAND} --build ${WORK}/build/${project} ${run})
endfunction()

function(expect_version program text)
  execute_process(COMMAND ${program} --version OUTPUT_VARIABLE version ${run})
  if(NOT version STREQUAL "${text}\n")
    message(FATAL_ERROR "${program} --version says: ${version}")
  endif()
endfunction()

build(.)
execute_process(COMMAND ${WORK}/build/consumer ${run})
expect_version(${WORK}/build/orders "orders 1.2.3")
file(STRINGS ${WORK}/build/CMakeCache.txt found REGEX "^(OPENSSL|SQLite3|mongoc|MONGOC)")
if(found)
  message(FATAL_ERROR "the core alone looks for what only components need: ${found}")
endif()

if(REDIS)
  build(components)
  expect_version(${WORK}/build/components/shop "shop 1.0.0")
endif()
