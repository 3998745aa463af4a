// Names that last: the same for the same thing in all units, and in none for something else.
#pragma once
#include <string>

#include <clang/AST/Decl.h>
#include <clang/Basic/SourceManager.h>
#include <llvm/ADT/StringRef.h>

namespace tenter::lint {

// Clang's USR, with the file where the USR alone does not tell two apart: a function or variable that only its own unit can
// name, and a field of a class that several programs may have each their own of. Empty: it has no such name.
std::string lasting_name(const clang::ValueDecl& declaration);

// "/src/stage.cc:12:3". Empty for what is in no file.
std::string lasting_place(const clang::SourceManager& sources, clang::SourceLocation where);

struct FilePlace {
  llvm::StringRef file;
  unsigned line = 0, column = 0;
};
// What lasting_place() has made. Line 0: it is none.
FilePlace file_place(llvm::StringRef text);

// The unit's own file, absolute.
std::string main_file(const clang::SourceManager& sources);

}  // namespace tenter::lint
