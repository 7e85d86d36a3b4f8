# RabbitMQ and PostgreSQL are started once for all the tests that need them; where their packages
# are missing, those tests are skipped.
set(ENGINE_SCRIPT "${PROJECT_SOURCE_DIR}/demo_service/engines/engine.sh")
set(ENGINE_RUNNER "${CMAKE_CURRENT_LIST_DIR}/run.sh")
set(ENGINE_PLACES "${CMAKE_BINARY_DIR}/engines")

foreach(engine rabbitmq postgresql)
  add_test(NAME engine_${engine}_start COMMAND sh "${ENGINE_RUNNER}" start "${ENGINE_SCRIPT}" ${engine})
  add_test(NAME engine_${engine}_stop COMMAND sh "${ENGINE_RUNNER}" stop "${ENGINE_SCRIPT}" ${engine})
  set_tests_properties(engine_${engine}_start PROPERTIES FIXTURES_SETUP ${engine} TIMEOUT 300)
  set_tests_properties(engine_${engine}_stop PROPERTIES FIXTURES_CLEANUP ${engine})
  set_tests_properties(engine_${engine}_start engine_${engine}_stop PROPERTIES
                       ENVIRONMENT "ENGINES=${ENGINE_PLACES}")
endforeach()

# trail_engine_test(TEST SUFFIX ENGINE…): the same test again on these engines.
function(trail_engine_test test suffix)
  set(name ${test}_${suffix})
  add_test(NAME ${name} COMMAND sh "${ENGINE_RUNNER}" run "${ENGINE_SCRIPT}" "${ARGN}" $<TARGET_FILE:${test}>)
  set_tests_properties(${name} PROPERTIES
    FIXTURES_REQUIRED "${ARGN}" RESOURCE_LOCK "${ARGN}" SKIP_RETURN_CODE 77 TIMEOUT 3600
    ENVIRONMENT "ENGINES=${ENGINE_PLACES}")
endfunction()
