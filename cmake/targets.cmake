# squall_library(NAME PUBLIC names... PRIVATE names...): libsquall_NAME.a of the folder NAME.
# A name is a folder of ours or a dependency of dependencies.cmake. A folder's *.proto are compiled.
function(squall_resolve out)
  set(resolved)
  foreach(name ${ARGN})
    if(TARGET dep_${name})
      list(APPEND resolved dep_${name})
    else()
      list(APPEND resolved squall_${name})
    endif()
  endforeach()
  set(${out} ${resolved} PARENT_SCOPE)
endfunction()

# squall_embed(FOLDER OUT): a source with the texts of the folder's files, made anew when one changes.
function(squall_embed folder out)
  file(GLOB_RECURSE files CONFIGURE_DEPENDS ${folder}/*.yaml ${folder}/*.md)
  set(script ${CMAKE_SOURCE_DIR}/cmake/embed.cmake)
  add_custom_command(
    OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -DFOLDER=${folder} -DOUT=${out} -P ${script}
    DEPENDS ${files} ${script})
  set_source_files_properties(${out} PROPERTIES COMPILE_OPTIONS "-w")
endfunction()

function(squall_library name)
  cmake_parse_arguments(arg "" "" "PUBLIC;PRIVATE" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${name}/*.cc)
  list(FILTER sources EXCLUDE REGEX "/proxy/main/")
  file(GLOB protos CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${name}/*.proto)
  squall_resolve(public ${arg_PUBLIC})
  squall_resolve(private ${arg_PRIVATE})
  if(NOT sources AND NOT protos)
    add_library(squall_${name} INTERFACE)
    target_include_directories(squall_${name} INTERFACE ${CMAKE_SOURCE_DIR})
    target_link_libraries(squall_${name} INTERFACE ${public})
    return()
  endif()
  foreach(proto ${protos})
    get_filename_component(stem ${proto} NAME_WE)
    set(generated ${CMAKE_BINARY_DIR}/generated/${name}/${stem}.pb)
    add_custom_command(
      OUTPUT ${generated}.cc ${generated}.h
      COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/generated/${name}
      COMMAND protobuf::protoc --cpp_out=${CMAKE_BINARY_DIR}/generated -I${CMAKE_SOURCE_DIR} ${proto}
      DEPENDS ${proto})
    set_source_files_properties(${generated}.cc PROPERTIES COMPILE_OPTIONS "-w")
    list(APPEND sources ${generated}.cc ${generated}.h)
    add_custom_target(generated_${name}_${stem} DEPENDS ${generated}.h)
    add_dependencies(generated_sources generated_${name}_${stem})
  endforeach()
  if(EXISTS ${CMAKE_SOURCE_DIR}/${name}/library)
    squall_embed(${CMAKE_SOURCE_DIR}/${name}/library ${CMAKE_BINARY_DIR}/generated/${name}/shipped_files.cc)
    list(APPEND sources ${CMAKE_BINARY_DIR}/generated/${name}/shipped_files.cc)
  endif()
  add_library(squall_${name} STATIC ${sources})
  target_include_directories(squall_${name} PUBLIC ${CMAKE_SOURCE_DIR})
  if(protos)
    target_include_directories(squall_${name} SYSTEM PUBLIC ${CMAKE_BINARY_DIR}/generated)
  endif()
  target_link_libraries(squall_${name} PUBLIC ${public} PRIVATE ${private})
endfunction()

# squall_program(NAME FOLDER LIBRARIES...): bin/NAME of the sources in FOLDER.
function(squall_program name folder)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/*.cc)
  if(NOT sources)
    return()
  endif()
  add_executable(${name} ${sources})
  squall_resolve(libraries ${ARGN})
  target_link_libraries(${name} PRIVATE ${libraries} dep_json Threads::Threads)
  add_dependencies(programs ${name})
endfunction()
