# `cmake --install`, and what find_package(sundown COMPONENTS redis) finds: sundown::sundown is the core, every layer but
# the stores and the sample in app/; sundown::sqlite, sundown::mongodb and sundown::redis are the components.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(SUNDOWN_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/sundown)

add_library(sundown_library INTERFACE)
add_library(sundown::sundown ALIAS sundown_library)
set_target_properties(sundown_library PROPERTIES EXPORT_NAME sundown)
target_include_directories(sundown_library INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
  $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
foreach(layer service http blocking process stop config log base separate)
  if(TARGET sundown_${layer})
    target_link_libraries(sundown_library INTERFACE sundown_${layer})
    list(APPEND layers sundown_${layer})
  endif()
endforeach()

install(TARGETS sundown_library sundown_options ${layers} EXPORT sundown)
get_property(components GLOBAL PROPERTY SUNDOWN_COMPONENTS)
foreach(component IN LISTS components)
  install(TARGETS sundown_${component} EXPORT sundown_${component})
  install(EXPORT sundown_${component} NAMESPACE sundown:: FILE sundown_${component}.cmake
    DESTINATION ${SUNDOWN_CMAKE_DIR})
endforeach()
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/sundown DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} PATTERN testing EXCLUDE)
if(TARGET sundown)
  install(TARGETS sundown)
  install(FILES ${PROJECT_SOURCE_DIR}/config/service.toml DESTINATION ${CMAKE_INSTALL_SYSCONFDIR}/sundown)
endif()

# find_package(sundown COMPONENTS testing): of use to a service's tests, and to nobody else.
if(SUNDOWN_TESTING)
  install(TARGETS sundown_testing sundown_testing_kit EXPORT sundown_testing)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/sundown/testing DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/sundown)
  install(EXPORT sundown_testing NAMESPACE sundown:: FILE sundownTestingTargets.cmake DESTINATION ${SUNDOWN_CMAKE_DIR})
endif()

install(EXPORT sundown NAMESPACE sundown:: FILE sundownTargets.cmake DESTINATION ${SUNDOWN_CMAKE_DIR})
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/sundownConfig.cmake.in
  ${PROJECT_BINARY_DIR}/sundownConfig.cmake INSTALL_DESTINATION ${SUNDOWN_CMAKE_DIR})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/sundownConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/sundownConfig.cmake ${PROJECT_BINARY_DIR}/sundownConfigVersion.cmake
  ${CMAKE_CURRENT_LIST_DIR}/mongo_driver.cmake
  DESTINATION ${SUNDOWN_CMAKE_DIR})
