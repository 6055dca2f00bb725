# Installs the build in `BUILD` to a new prefix below `WORK`, then builds and runs the project in this folder against it.
file(REMOVE_RECURSE ${WORK})
set(run COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${CMAKE_COMMAND} --install ${BUILD} --prefix ${WORK}/prefix OUTPUT_QUIET ${run})
execute_process(COMMAND ${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR} -B ${WORK}/build -G ${GENERATOR}
  -DCMAKE_BUILD_TYPE=${BUILD_TYPE} -DCMAKE_CXX_COMPILER=${COMPILER} -DCMAKE_PREFIX_PATH=${WORK}/prefix\;${DEPS} ${run})
execute_process(COMMAND ${CMAKE_COMMAND} --build ${WORK}/build ${run})
execute_process(COMMAND ${WORK}/build/consumer ${run})
execute_process(COMMAND ${WORK}/build/orders --version OUTPUT_VARIABLE version ${run})
if(NOT version STREQUAL "orders 1.2.3\n")
  message(FATAL_ERROR "orders --version says: ${version}")
endif()
