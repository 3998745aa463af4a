#include "lint/lasting_name.h"

#include <clang/AST/ASTContext.h>
#include <clang/AST/DeclCXX.h>
#include <clang/Basic/FileManager.h>
#include <clang/Index/USRGeneration.h>
#include <llvm/ADT/SmallString.h>
#include <llvm/Support/Path.h>

namespace tenter::lint {
namespace {

using namespace clang;

std::string absolute(const SourceManager& sources, llvm::StringRef name) {
  llvm::SmallString<256> path(name);
  sources.getFileManager().makeAbsolutePath(path);
  llvm::sys::path::remove_dots(path, /*remove_dot_dot=*/true);
  return std::string(path);
}

std::string path_of(const SourceManager& sources, FileID file) {
  const OptionalFileEntryRef entry = sources.getFileEntryRefForID(file);
  return entry ? absolute(sources, entry->getName()) : std::string();
}

}  // namespace

std::string lasting_name(const ValueDecl& declaration) {
  llvm::SmallString<128> usr;
  if (index::generateUSRForDecl(&declaration, usr)) return {};
  const SourceManager& sources = declaration.getASTContext().getSourceManager();
  if (const auto* field = dyn_cast<FieldDecl>(&declaration)) {
    // A template's fields are where the template is.
    const SourceLocation place = sources.getFileLoc(field->getParent()->getLocation());
    return std::string(usr) + '@' + path_of(sources, sources.getFileID(place));
  }
  if (declaration.isExternallyVisible()) return std::string(usr);
  return std::string(usr) + '@' + main_file(sources);
}

std::string lasting_place(const SourceManager& sources, SourceLocation where) {
  if (where.isInvalid()) return {};
  const PresumedLoc place = sources.getPresumedLoc(sources.getFileLoc(where));
  if (place.isInvalid()) return {};
  return absolute(sources, place.getFilename()) + ':' + std::to_string(place.getLine()) + ':' +
         std::to_string(place.getColumn());
}

FilePlace file_place(llvm::StringRef text) {
  FilePlace place;
  const auto [before, column] = text.rsplit(':');
  const auto [file, line] = before.rsplit(':');
  if (file.empty() || line.getAsInteger(10, place.line) || column.getAsInteger(10, place.column)) return {};
  place.file = file;
  return place;
}

std::string main_file(const SourceManager& sources) { return path_of(sources, sources.getMainFileID()); }

}  // namespace tenter::lint
