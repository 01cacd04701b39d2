import Basics
import Glibc
import SystemPackage

/// Files and random names, without Foundation: that would be most of `tocsin`.
public enum Files {
    /// The whole content of a file.
    /// - Throws: `SystemError`.
    public static func read(_ path: String) throws -> [UInt8] { try contents(ofFile: path, limit: .max) }

    /// Everything that comes on standard input until it is closed.
    /// - Throws: `SystemError`.
    public static func readStandardInput() throws -> [UInt8] {
        try contents(ofDescriptor: STDIN_FILENO, limit: .max)
    }

    /// The path from the root, without links being followed.
    public static func absolute(_ path: String) -> String {
        FilePath(workingDirectory).pushing(FilePath(path)).string
    }

    /// The folder that this process runs in.
    public static var workingDirectory: String { text { getcwd(nil, 0) } }

    /// The path of the running program.
    static var program: String { text { realpath("/proc/self/exe", nil) } }

    private static func text(_ call: () -> UnsafeMutablePointer<CChar>?) -> String {
        guard let text = call() else { return "." }
        defer { free(text) }
        return String(cString: text)
    }

    /// Whether there is a folder of this path.
    public static func isFolder(_ path: String) -> Bool {
        var facts = stat()
        return stat(path, &facts) == 0 && facts.st_mode & S_IFMT == S_IFDIR
    }

    /// The names in a folder; empty when it cannot be read.
    public static func names(in folder: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// The names of temporary folders that are in use; without it they are about to be.
    private static let temporaryPrefix = "tocsin-function-"

    /// Creates an empty folder that nobody else can read; the body's end removes it with all that is in it.
    ///
    /// A process that is killed leaves its folder behind. The next one removes it: a folder is locked for as long as
    /// its process lives.
    public static func withTemporaryFolder<Result>(
        in parent: String, _ body: (String) async throws -> Result
    ) async throws -> Result {
        removeAbandonedFolders(in: parent)
        var template = Array("\(parent)/tocsin-new-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            let error = SystemError.last
            throw LocalCloudError(
                .missingFile, "No folder can be created in \(parent): \(error)", underlying: error)
        }
        var folder = String(decoding: template.dropLast().map { UInt8(truncatingIfNeeded: $0) }, as: UTF8.self)
        // It gets its name when it is locked: others must not take it for an abandoned one before.
        let lock = lock(folder)
        let name = "\(parent)/\(temporaryPrefix)\(folder.suffix(6))"
        if lock != nil, rename(folder, name) == 0 { folder = name }
        defer {
            remove(folder)
            if let lock { close(lock) }
        }
        return try await body(folder)
    }

    /// Removes the temporary folders of this user's processes that have ended without doing so.
    private static func removeAbandonedFolders(in parent: String) {
        for name in names(in: parent) where name.hasPrefix(temporaryPrefix) {
            let folder = "\(parent)/\(name)"
            guard let lock = lock(folder) else { continue }
            defer { close(lock) }
            var facts = stat()
            if fstat(lock, &facts) == 0, facts.st_uid == geteuid() { remove(folder) }
        }
    }

    /// A descriptor that holds a folder's lock; nil when another process has it, or the folder cannot be opened.
    private static func lock(_ folder: String) -> Int32? {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            return nil
        }
        return descriptor
    }

    private static func remove(_ path: String) {
        guard unlink(path) != 0 else { return }  // not a folder
        for name in names(in: path) { remove("\(path)/\(name)") }
        rmdir(path)
    }
}

extension String {
    /// A UUID of version 4 from the system's randomness.
    public static func randomUUID() -> String { Basics.randomUUID { .random(in: 0...255) } }
}
