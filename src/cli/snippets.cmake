# Writes OUT: docs/forwarders/* as rows of a table in C, so that what `rollcall doctor`
# prints is what the tests run. cmake -DFROM=FOLDER -DOUT=FILE -P snippets.cmake
file(GLOB files ${FROM}/*)
list(SORT files)
set(rows "")
foreach(file ${files})
    get_filename_component(name "${file}" NAME)
    file(READ "${file}" text)
    string(REPLACE "\\" "\\\\" text "${text}")
    string(REPLACE "\"" "\\\"" text "${text}")
    string(REPLACE "\n" "\\n\"\n    \"" text "${text}")
    string(APPEND rows "{ \"${name}\",\n    \"${text}\" },\n")
endforeach()
file(WRITE ${OUT} "${rows}")
