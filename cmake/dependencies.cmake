# scripts/bootstrap unpacks the Boost headers here where the system's are too old.
set(SUNDOWN_DEPS ${CMAKE_CURRENT_SOURCE_DIR}/build/deps/usr)
if(EXISTS ${SUNDOWN_DEPS})
  list(PREPEND CMAKE_PREFIX_PATH ${SUNDOWN_DEPS})
endif()

# GLOBAL: a project above this one links the library, and then sees what the library stands on.
include(requirements)
set(sundown_missing)
sundown_require(libboost1.88-dev Boost 1.88 CONFIG GLOBAL)
sundown_require(libcli11-dev CLI11 CONFIG GLOBAL)
sundown_require_all(core GLOBAL)
foreach(component sqlite mongodb redis tls http2 http_client otlp)
  string(TOUPPER SUNDOWN_${component} option)
  if(${option})
    sundown_require_all(${component} GLOBAL)
  endif()
endforeach()
if(sundown_missing)
  list(JOIN sundown_missing " " missing)
  message(FATAL_ERROR "Sundown is built with packages that are not here: ${missing} (as Debian calls them)\n"
    "Run ${PROJECT_SOURCE_DIR}/scripts/bootstrap, which installs them.")
endif()

# Boost as the library sees it, for whose headers an installed package must have an answer too: those of build/deps are
# installed with the library, since nobody else has them; the system's are found again, in the same version.
get_target_property(SUNDOWN_BOOST_HEADERS Boost::headers INTERFACE_INCLUDE_DIRECTORIES)
string(FIND "${SUNDOWN_BOOST_HEADERS}" "${SUNDOWN_DEPS}/" at)
if(at EQUAL 0)
  set(bundled ON)
else()
  set(bundled OFF)
endif()
option(SUNDOWN_BUNDLE_BOOST "Install the headers of Boost with the library" ${bundled})
add_library(sundown_boost INTERFACE)
if(SUNDOWN_BUNDLE_BOOST)
  target_include_directories(sundown_boost SYSTEM INTERFACE $<BUILD_INTERFACE:${SUNDOWN_BOOST_HEADERS}>
    $<INSTALL_INTERFACE:include/sundown-boost>)
else()
  target_link_libraries(sundown_boost INTERFACE Boost::headers)
endif()
