internal import Glibc

/// Finds a program as Python's `shutil.which` does, which Chaos Toolkit uses.
///
/// - Parameters:
///   - name: a path, when it has a slash; otherwise a name that is looked up.
///   - searchPath: folders separated by colons; nil for the system's own.
/// - Returns: where it is; nil when there is no such file, or one that may not be executed.
func executable(_ name: String, searchPath: String?) -> String? {
    guard !name.utf8.contains(0) else { return nil }
    if name.utf8.contains(UInt8(ascii: "/")) { return isExecutableFile(name) ? name : nil }
    let searchPath = searchPath ?? "/bin:/usr/bin"
    guard !searchPath.isEmpty else { return nil }
    for folder in searchPath.split(separator: ":", omittingEmptySubsequences: false) {
        let path = folder.isEmpty || folder.hasSuffix("/") ? "\(folder)\(name)" : "\(folder)/\(name)"
        if isExecutableFile(path) { return path }
    }
    return nil
}

private func isExecutableFile(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFDIR && access(path, X_OK) == 0
}
