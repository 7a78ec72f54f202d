# cmake -DFOLDER=... -DOUT=... -P embed.cmake: a C++ source with the texts of the YAML and Markdown files below a
# folder, as scenarios/shipped.h declares them.
file(GLOB_RECURSE files RELATIVE ${FOLDER} ${FOLDER}/*.yaml ${FOLDER}/*.md)
list(SORT files)
set(text "#include \"scenarios/shipped.h\"\n\nnamespace squall::scenarios {\nnamespace {\nconstexpr ShippedFile kFiles[] = {\n")
foreach(file ${files})
  file(READ ${FOLDER}/${file} content)
  string(APPEND text "    {R\"path(${file})path\", R\"file(${content})file\"},\n")
endforeach()
string(APPEND text "};\n}  // namespace\nstd::span<const ShippedFile> shipped_files() { return kFiles; }\n}  // namespace squall::scenarios\n")
file(WRITE ${OUT} "${text}")
