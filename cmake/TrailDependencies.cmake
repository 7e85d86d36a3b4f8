# The libraries that trail and its checkout system are built on, as imported targets.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(CURL REQUIRED)
find_package(SQLite3 REQUIRED)
pkg_check_modules(UUID REQUIRED IMPORTED_TARGET uuid)
pkg_check_modules(CJSON REQUIRED IMPORTED_TARGET libcjson)

find_path(CIVETWEB_INCLUDE_DIR civetweb.h
          HINTS "${CIVETWEB_ROOT}/include" "${CIVETWEB_ROOT}" REQUIRED)
find_library(CIVETWEB_LIBRARY civetweb
             HINTS "${CIVETWEB_ROOT}/lib" "${CIVETWEB_ROOT}" REQUIRED)
add_library(CivetWeb::civetweb UNKNOWN IMPORTED)
set_target_properties(CivetWeb::civetweb PROPERTIES
  IMPORTED_LOCATION "${CIVETWEB_LIBRARY}"
  INTERFACE_INCLUDE_DIRECTORIES "${CIVETWEB_INCLUDE_DIR}"
  INTERFACE_LINK_LIBRARIES "Threads::Threads;${CMAKE_DL_LIBS}")
