internal import Basics
internal import Glibc

extension StateStore {
    /// A file for each document, in a folder that exists and that processes of one machine may share.
    ///
    /// A write goes to a temporary file, which is then renamed: a reader sees the whole old document or the whole new
    /// one. Writers lock the folder's file `.lock`.
    public static func folder(_ path: String) -> StateStore {
        let store = FolderStore(path: path)
        return StateStore(
            read: { key, _ in try store.document(key) }, readPrefix: { prefix, _ in try store.documents(prefix) },
            write: { text, key, condition, _, _ in try store.write(text, key, condition) },
            remove: { key, condition, _ in try store.remove(key, condition) })
    }
}

private struct FolderStore {
    let path: String

    private static let suffix = ".json"
    /// Far above any document; a file of another program in the folder must not use up the memory.
    private static let maximumBytes = 64 << 20

    /// A key may hold any character; a file's name has no slash and at most 255 bytes.
    private func file(_ key: String) throws(StateStoreError) -> String {
        let name = percentEncoded(key) + Self.suffix
        guard name.utf8.count <= 240 else {
            throw StateStoreError(.tooLarge, "the key \(key) is too long for a file's name")
        }
        return "\(path)/\(name)"
    }

    func document(_ key: String) throws(StateStoreError) -> StateStore.Document? {
        let file = try file(key)
        do throws(SystemError) {
            let text = String(decoding: try contents(ofFile: file, limit: Self.maximumBytes), as: UTF8.self)
            return StateStore.Document(text: text)
        } catch {
            if error.number == ENOENT, access(path, F_OK) == 0 { return nil }
            throw error.described(file)
        }
    }

    func documents(_ prefix: String) throws(StateStoreError) -> [String: StateStore.Document] {
        guard let folder = opendir(path) else { throw SystemError.last.described(path) }
        defer { closedir(folder) }
        var documents: [String: StateStore.Document] = [:]
        while true {
            errno = 0  // `readdir` returns NULL at the end and after a failure alike
            guard let entry = readdir(folder) else { break }
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard name.hasSuffix(Self.suffix) else { continue }
            let key = percentDecoded(name.dropLast(Self.suffix.utf8.count), plusAsSpace: false)
            guard key.utf8.starts(with: prefix.utf8) else { continue }
            documents[key] = try document(key)
        }
        guard errno == 0 else { throw SystemError.last.described(path) }
        return documents
    }

    func write(
        _ text: String, _ key: String, _ condition: StateStore.Condition
    ) throws(StateStoreError) -> StateStore.WriteOutcome {
        let file = try file(key)
        let lock = try lock()
        defer { close(lock) }
        let current = try document(key)
        guard condition.holds(for: current) else { return .conflict(current: current) }
        do throws(SystemError) {
            try replaceFile(file, with: Array(text.utf8), draft: "\(file).new")  // one at a time: the folder is locked
        } catch { throw error.described(file) }
        return .written(StateStore.Version(text))
    }

    func remove(_ key: String, _ condition: StateStore.Condition) throws(StateStoreError) -> Bool {
        let file = try file(key)
        let lock = try lock()
        defer { close(lock) }
        guard condition.holds(for: try document(key)) else { return false }
        guard unlink(file) == 0 || errno == ENOENT else { throw SystemError.last.described(file) }
        return true
    }

    /// Waits for the lock, which others hold only while they compare and rename; closing it gives it back.
    private func lock() throws(StateStoreError) -> CInt {
        let file = "\(path)/.lock"
        let descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SystemError.last.described(file) }
        while flock(descriptor, LOCK_EX) != 0 {
            guard errno == EINTR else {
                let failure = SystemError.last
                close(descriptor)
                throw failure.described(file)
            }
        }
        return descriptor
    }
}

extension SystemError {
    /// What a failure with a file or a folder means for a store.
    func described(_ file: String) -> StateStoreError {
        let code: StateStoreErrorCode =
            switch number {
            case EACCES, EPERM, EROFS: .denied
            case ENOENT, ENOTDIR: .missing
            case EFBIG, ENAMETOOLONG: .tooLarge
            default: .unavailable
            }
        return StateStoreError(code, "\(file): \(self)", underlying: self)
    }
}
