# What is installed: the libraries, the command, the headers, and what find_package(trail) and
# pkg-config need to find them.
set(TRAIL_CMAKE_DIR "${CMAKE_INSTALL_LIBDIR}/cmake/trail")
file(RELATIVE_PATH TRAIL_PREFIX_FROM_PC "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")

install(TARGETS trail trail_static EXPORT trailTargets)
install(EXPORT trailTargets NAMESPACE trail:: DESTINATION "${TRAIL_CMAKE_DIR}")
install(DIRECTORY "${PROJECT_SOURCE_DIR}/middleware/include/trail" TYPE INCLUDE
        PATTERN curl.h EXCLUDE)
configure_file("${PROJECT_SOURCE_DIR}/cmake/trail.pc.in" trail.pc @ONLY)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/trail.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")

if(TARGET trail_curl)
  install(TARGETS trail_curl trail_curl_static EXPORT trailCurlTargets)
  install(EXPORT trailCurlTargets NAMESPACE trail:: DESTINATION "${TRAIL_CMAKE_DIR}")
  install(FILES "${PROJECT_SOURCE_DIR}/middleware/include/trail/curl.h"
          DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/trail")
  configure_file("${PROJECT_SOURCE_DIR}/cmake/trail-curl.pc.in" trail-curl.pc @ONLY)
  install(FILES "${CMAKE_CURRENT_BINARY_DIR}/trail-curl.pc"
          DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
endif()
foreach(target trail_auto trail_cli)
  if(TARGET ${target})
    install(TARGETS ${target})
  endif()
endforeach()

configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/trailConfig.cmake.in" trailConfig.cmake
                              INSTALL_DESTINATION "${TRAIL_CMAKE_DIR}")
write_basic_package_version_file(trailConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/trailConfig.cmake"
              "${CMAKE_CURRENT_BINARY_DIR}/trailConfigVersion.cmake"
              "${PROJECT_SOURCE_DIR}/cmake/FindCivetWeb.cmake"
        DESTINATION "${TRAIL_CMAKE_DIR}")
