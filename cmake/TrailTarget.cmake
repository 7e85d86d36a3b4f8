# How each of the project's targets is compiled.
add_library(trail_compile INTERFACE)
target_compile_definitions(trail_compile INTERFACE _GNU_SOURCE)
target_compile_options(trail_compile INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wundef -Wwrite-strings -Wformat=2
  $<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition>
  $<$<BOOL:${TRAIL_WERROR}>:-Werror>)
if(TRAIL_SANITIZE)
  target_compile_options(trail_compile INTERFACE -fsanitize=${TRAIL_SANITIZE}
                                                 -fno-sanitize-recover=all
                                                 -fno-omit-frame-pointer)
  target_link_options(trail_compile INTERFACE -fsanitize=${TRAIL_SANITIZE})
endif()

# trail_program(NAME SOURCES… LIBRARIES…): an executable of the project.
function(trail_program name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LIBRARIES")
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE trail_compile ${arg_LIBRARIES})
endfunction()
