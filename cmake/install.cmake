# `cmake --install`, and what find_package(sundown COMPONENTS redis) finds: sundown::sundown is the core; the components
# are sundown::sqlite, sundown::mongodb, sundown::redis, sundown::tls, sundown::http2, sundown::http_client,
# sundown::otlp and sundown::testing.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(SUNDOWN_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/sundown)

get_property(layers GLOBAL PROPERTY SUNDOWN_LAYERS)
install(TARGETS sundown_library sundown_options sundown_boost ${layers} EXPORT sundown)
install(EXPORT sundown NAMESPACE sundown:: FILE sundownTargets.cmake DESTINATION ${SUNDOWN_CMAKE_DIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/sundown DESTINATION include PATTERN testing EXCLUDE)
get_property(components GLOBAL PROPERTY SUNDOWN_COMPONENTS)
foreach(component IN LISTS components)
  install(TARGETS sundown_${component} EXPORT sundown_${component})
  install(EXPORT sundown_${component} NAMESPACE sundown:: FILE sundown_${component}.cmake
    DESTINATION ${SUNDOWN_CMAKE_DIR})
endforeach()
if(SUNDOWN_TESTING) # of use to a service's tests, and to nobody else
  install(TARGETS sundown_testing sundown_testing_kit EXPORT sundown_testing)
  install(EXPORT sundown_testing NAMESPACE sundown:: FILE sundown_testing.cmake DESTINATION ${SUNDOWN_CMAKE_DIR})
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/sundown/testing DESTINATION include/sundown)
endif()

# All of Boost: a header of it that only the service includes must not come from another release. Debian's file has the
# notices of all its authors.
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/sundown)
if(SUNDOWN_BUNDLE_BOOST)
  install(DIRECTORY ${SUNDOWN_BOOST_HEADERS}/boost DESTINATION include/sundown-boost MESSAGE_NEVER)
  file(GLOB notices ${SUNDOWN_BOOST_HEADERS}/../share/doc/libboost*-dev/copyright)
  install(FILES ${notices} DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/sundown RENAME boost-copyright)
endif()

configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/sundownConfig.cmake.in
  ${PROJECT_BINARY_DIR}/sundownConfig.cmake INSTALL_DESTINATION ${SUNDOWN_CMAKE_DIR})
# Before 1.0 a minor version may break a service, so 0.3 is no answer to who wants 0.2 (CHANGELOG.md).
write_basic_package_version_file(${PROJECT_BINARY_DIR}/sundownConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/sundownConfig.cmake ${PROJECT_BINARY_DIR}/sundownConfigVersion.cmake
  ${CMAKE_CURRENT_LIST_DIR}/mongo_driver.cmake ${CMAKE_CURRENT_LIST_DIR}/nghttp2.cmake
  ${CMAKE_CURRENT_LIST_DIR}/requirements.cmake
  DESTINATION ${SUNDOWN_CMAKE_DIR})

if(TARGET sundown)
  install(TARGETS sundown COMPONENT sundown)
  install(FILES ${PROJECT_SOURCE_DIR}/config/service.toml DESTINATION ${CMAKE_INSTALL_SYSCONFDIR}/sundown
    COMPONENT sundown)
endif()
