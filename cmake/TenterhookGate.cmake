# What the tests that tenter_gate_tests() adds run: cmake -DACTION=... -P TenterhookGate.cmake
#
#   prepare   an empty folder for the recordings of this run of ctest
#   gate      checks what was recorded, writes the reports, and holds them against the baseline
cmake_minimum_required(VERSION 3.19)

if(ACTION STREQUAL prepare)
  file(REMOVE_RECURSE "${DIRECTORY}/recordings")
  file(MAKE_DIRECTORY "${DIRECTORY}/recordings")
  return()
endif()

file(GLOB recordings "${DIRECTORY}/recordings/*.tent")
if(NOT recordings)
  message(FATAL_ERROR "No test has left a recording in ${DIRECTORY}/recordings. Build the tests with tenter-c++ or "
    "tenter_instrument(), and run this test together with them.")
endif()
list(LENGTH recordings count)
message("${count} recordings")

set(check_options "")
if(SUPPRESSIONS)
  list(APPEND check_options --suppressions "${SUPPRESSIONS}")
endif()
# Findings are no failure of this command: whether they are known is asked below.
execute_process(
  COMMAND "${TENTER}" check ${recordings} ${check_options} --jobs ${JOBS} --format text=${DIRECTORY}/findings.txt
    --format json=${DIRECTORY}/report.json --format sarif=${DIRECTORY}/report.sarif
    --format junit=${DIRECTORY}/report.xml --format html=${DIRECTORY}/report.html
  WORKING_DIRECTORY "${SOURCE_DIR}" RESULT_VARIABLE status)
if(NOT status MATCHES "^[014]$")
  message(FATAL_ERROR "tenter check ended with ${status}")
endif()
set(gate_options "")
if(BASELINE)
  list(APPEND gate_options --baseline "${BASELINE}")
endif()
execute_process(COMMAND "${TENTER}" gate "${DIRECTORY}/report.json" ${gate_options}
  WORKING_DIRECTORY "${SOURCE_DIR}" RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "tenter gate ended with ${status}; ${DIRECTORY}/findings.txt and report.html beside it say more")
endif()
