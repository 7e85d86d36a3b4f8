# Finds CivetWeb: the imported target CivetWeb::civetweb. A target of that name that the calling
# project has defined, a vendored CivetWeb for example, is taken as it is; CIVETWEB_ROOT names the
# prefix of another one than the system's.
if(TARGET CivetWeb::civetweb)
  set(CivetWeb_FOUND TRUE)
  return()
endif()

find_path(CIVETWEB_INCLUDE_DIR civetweb.h HINTS "${CIVETWEB_ROOT}/include" "${CIVETWEB_ROOT}")
find_library(CIVETWEB_LIBRARY civetweb HINTS "${CIVETWEB_ROOT}/lib" "${CIVETWEB_ROOT}")
mark_as_advanced(CIVETWEB_INCLUDE_DIR CIVETWEB_LIBRARY)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(CivetWeb REQUIRED_VARS CIVETWEB_LIBRARY CIVETWEB_INCLUDE_DIR)
if(CivetWeb_FOUND)
  find_package(Threads REQUIRED)
  add_library(CivetWeb::civetweb UNKNOWN IMPORTED)
  set_target_properties(CivetWeb::civetweb PROPERTIES
    IMPORTED_LOCATION "${CIVETWEB_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${CIVETWEB_INCLUDE_DIR}"
    INTERFACE_LINK_LIBRARIES "Threads::Threads;${CMAKE_DL_LIBS}")
endif()
