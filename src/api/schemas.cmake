# Writes OUT: schemas.json as an array in C. cmake -DFROM=FILE -DOUT=FILE -P schemas.cmake
file(READ ${FROM} hex HEX)
string(REGEX REPLACE "(..)" "0x\\1," octets "${hex}")
string(REGEX REPLACE "(................................................................................)"
    "\\1\n    " octets "${octets}")
file(WRITE ${OUT} "static const char schemas_json[] = {\n    ${octets}0x00\n};\n")
