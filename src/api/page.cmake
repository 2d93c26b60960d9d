# Writes OUT: the files of page/ as rows of a table in C, octet by octet, so that the page
# is part of the binary. cmake -DFROM=FOLDER -DOUT=FILE -P page.cmake
file(GLOB files ${FROM}/*)
list(SORT files)
set(arrays "")
set(rows "")
set(number 0)
foreach(file ${files})
    get_filename_component(name "${file}" NAME)
    file(READ "${file}" hex HEX)
    string(REGEX REPLACE "(..)" "0x\\1," octets "${hex}")
    string(REGEX REPLACE "(................................................................................)"
        "\\1\n    " octets "${octets}")
    string(SHA256 hash "${hex}")
    string(SUBSTRING "${hash}" 0 16 hash)
    string(APPEND arrays "static const unsigned char page_${number}[] = {\n    ${octets}\n};\n")
    string(APPEND rows "    { \"${name}\", \"\\\"${hash}\\\"\", page_${number}, sizeof page_${number} },\n")
    math(EXPR number "${number} + 1")
endforeach()
file(WRITE ${OUT} "${arrays}
static const struct page_file page_files[] = {
${rows}    { NULL, NULL, NULL, 0 },
};
")
