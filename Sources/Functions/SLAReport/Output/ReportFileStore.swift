import AWS
import Basics
import Glibc
import JSON
import StateStore
import Transport

/// Writes single files of a report, so that of two reports at once the later one stays.
///
/// Closures, not a protocol: the linker keeps every method of a conforming type.
struct ReportFileStore: Sendable {
    /// What is known of a file that was written before.
    struct Known: Sendable, Hashable {
        /// The start of the content's SHA-256 in hexadecimal.
        var hash: String
        /// What a conditional write compares; empty where there are none.
        var tag: String
        /// When the report was made that has this content.
        var generatedAt: Timestamp
        /// Which reports make the file; see ``ReportWriter``.
        var maker = ""
    }

    /// What became of a file.
    enum Outcome: Sendable, Hashable {
        case written(Known)
        /// The content is there already.
        case unchanged(Known)
        /// A later report has written it.
        case superseded
    }

    /// Writes a file unless it is there, or a later report wrote it.
    /// - Parameter known: what an earlier report noted; nil to look at the place first.
    let put:
        @Sendable (_ file: ReportFile, _ generatedAt: Timestamp, _ known: Known?, _ deadline: Timestamp) async throws ->
            Outcome
    /// Removes a file that still is as it was noted.
    ///
    /// - Returns: false for one that another program has written, which stays.
    let remove: @Sendable (_ path: String, _ known: Known, _ deadline: Timestamp) async throws -> Bool
    /// Where the report's own state is.
    let state: StateStore
    /// Whether `put` is told what an earlier report noted; a folder is looked at instead.
    let notesFiles: Bool
    /// Writes at the same time.
    let writesAtOnce: Int

    /// A file that has not changed is written again when it is as old, so that a bucket's expiry does not take it away.
    static let refreshAge = Duration.seconds(86_400)

    /// The store at a location.
    /// - Throws: `AWSError` when the settings give no endpoint, or `SystemError` when the folder cannot be made.
    static func at(
        _ location: ReportLocation, aws: () throws -> AWSConfiguration
    ) throws -> ReportFileStore {
        switch location {
        case .bucket(let name, let prefix):
            let aws = try aws()
            let bucket = ReportBucket(client: try AWSClient(.s3, configuration: aws), name: name, prefix: prefix)
            return ReportFileStore(
                put: { try await bucket.put($0, $1, $2, $3) }, remove: { try await bucket.remove($0, $1, $2) },
                state: try .bucket(name, prefix: prefix, aws: aws), notesFiles: true, writesAtOnce: 16)
        case .folder(let path):
            try makePublicFolder(path)
            return ReportFileStore(
                put: { file, generatedAt, _, _ in try ReportFolder(path: path).put(file, generatedAt) },
                remove: { file, known, _ in try ReportFolder(path: path).remove(file, known) },
                state: .folder(path), notesFiles: false, writesAtOnce: 1)
        }
    }
}

extension ReportFile {
    /// The start of the content's SHA-256 in hexadecimal: enough to tell two contents of a file apart.
    var hash: String { Self.hash(of: bytes) }

    static func hash(of bytes: [UInt8]) -> String { String(Digest.sha256Hex(bytes).prefix(20)) }

    /// Whether the path leads to a place below the report's: a service's name must not lead out of it.
    var hasSafePath: Bool { Self.isSafe(path) }

    static func isSafe(_ path: String) -> Bool {
        !path.isEmpty && path.utf8.count <= 900
            && path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).allSatisfy { part in
                !part.isEmpty && !part.elementsEqual(".".utf8) && !part.elementsEqual("..".utf8)
                    && part.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
            }
    }
}

/// Files as objects of S3.
///
/// An object is replaced only if it is the one that is known (`If-Match`); otherwise it is looked at, and one that a
/// later report has written stays.
private struct ReportBucket: Sendable {
    let client: AWSClient
    let name: String
    let prefix: String

    private static let maximumAttempts = 5
    private static let (generated, hash) = ("generated-at", "content-hash")

    func put(
        _ file: ReportFile, _ generatedAt: Timestamp, _ noted: ReportFileStore.Known?, _ deadline: Timestamp
    ) async throws -> ReportFileStore.Outcome {
        let hash = file.hash
        var seen = noted.map { Seen.known($0) }
        if seen == nil { seen = try await look(at: file.path, deadline) }
        for _ in 0..<Self.maximumAttempts {
            var known: ReportFileStore.Known?
            if case .known(let seen) = seen {
                known = seen
                if seen.generatedAt > generatedAt { return .superseded }
                let isFresh = generatedAt - seen.generatedAt < ReportFileStore.refreshAge
                if seen.hash == hash, isFresh { return .unchanged(seen) }
            }
            if let tag = try await write(file, hash, generatedAt, replacing: known, deadline) {
                return .written(ReportFileStore.Known(hash: hash, tag: tag, generatedAt: generatedAt))
            }
            let wasDenied = seen == .denied
            seen = try await look(at: file.path, deadline)
            // The write said that there is an object, so it is not its absence that S3 refuses to tell.
            if wasDenied, seen == .denied { throw unreadable(file.path) }
        }
        throw ReportError(
            .unwritten, "another program wrote it at each of \(Self.maximumAttempts) attempts to replace it")
    }

    func remove(_ path: String, _ known: ReportFileStore.Known, _ deadline: Timestamp) async throws -> Bool {
        switch try await look(at: path, deadline) {
        case .absent: return true
        case .denied: throw unreadable(path)
        case .known(let seen):
            guard seen.hash == known.hash, seen.tag == known.tag, !seen.hash.isEmpty else { return false }
        }
        var input = key(path)
        input["IfMatch"] = .string(known.tag)
        do {
            _ = try await client.call("DeleteObject", .object(input), deadline: deadline)
        } catch let error as AWSError {
            if error.status == 404 { return true }
            if error.status == 412 || error.status == 409 { return false }
            guard error.status == 403 else { throw error }
            throw ReportError(.unwritten, "\(error) (needed: s3:DeleteObject)", underlying: error)
        }
        return true
    }

    private func key(_ path: String) -> JSONObject { ["Bucket": .string(name), "Key": .string(prefix + path)] }

    private func unreadable(_ path: String) -> ReportError {
        ReportError(
            .unwritten,
            "s3://\(name)/\(prefix + path) is there and S3 denies to read it (403), so it is not replaced: allow "
                + "s3:GetObject on arn:aws:s3:::\(name)/\(prefix)*, and look for a bucket policy that denies it")
    }

    /// What is known of an object before it is written.
    private enum Seen: Equatable {
        case absent
        /// It may not be read, or it is absent and S3 may not say so.
        case denied
        case known(ReportFileStore.Known)
    }

    /// The object that is there.
    private func look(at path: String, _ deadline: Timestamp) async throws -> Seen {
        do {
            let head = try await client.call("HeadObject", .object(key(path)), deadline: deadline)
            let metadata = head["Metadata"]
            let known = ReportFileStore.Known(
                hash: metadata?[Self.hash]?.stringValue ?? "", tag: head["ETag"]?.stringValue ?? "",
                generatedAt: metadata?[Self.generated]?.stringValue.flatMap { Timestamp(iso8601: $0) }
                    ?? Timestamp(microseconds: 0))
            return .known(known)
        } catch let error as AWSError {
            if error.status == 404 { return .absent }
            // Without s3:ListBucket an object that is not there is refused; the conditional write tells.
            if error.status == 403 { return .denied }
            throw error
        }
    }

    /// - Returns: the new object's tag; nil when another object is there than the known one.
    private func write(
        _ file: ReportFile, _ hash: String, _ generatedAt: Timestamp, replacing known: ReportFileStore.Known?,
        _ deadline: Timestamp
    ) async throws -> String? {
        var input = key(file.path)
        input["ContentType"] = .string(file.contentType)
        input["CacheControl"] = .string("max-age=\(file.maximumAge.components.seconds)")
        input["Metadata"] = [Self.generated: .string(generatedAt.iso8601), Self.hash: .string(hash)]
        if let known, !known.tag.isEmpty {
            input["IfMatch"] = .string(known.tag)
        } else {
            input["IfNoneMatch"] = "*"
        }
        do {
            let result = try await client.send(
                "PutObject", .object(input), body: .bytes(file.bytes), deadline: deadline)
            return result.output["ETag"]?.stringValue ?? ""
        } catch let error as AWSError {
            // An object with a known tag that has expired meanwhile is not found.
            if error.status == 412 || error.status == 409 || error.code == "NoSuchKey" { return nil }
            guard error.status == 403 else { throw error }
            throw ReportError(
                .unwritten, "\(error) (needed: s3:PutObject, and s3:GetObject to replace what is there)",
                underlying: error)
        }
    }
}

/// Files in a folder.
private struct ReportFolder {
    let path: String

    private static let maximumBytes = 64 << 20

    func put(_ file: ReportFile, _ generatedAt: Timestamp) throws -> ReportFileStore.Outcome {
        let target = "\(path)/\(file.path)"
        let known = ReportFileStore.Known(hash: file.hash, tag: "", generatedAt: generatedAt)
        // One byte more than the file has: a longer one differs.
        if let present = try? contents(ofFile: target, limit: file.bytes.count + 1), present == file.bytes {
            return .unchanged(known)
        }
        if let slash = target.lastIndex(of: "/") { try makePublicFolder(String(target[..<slash])) }
        try replaceFile(target, with: file.bytes, draft: "\(target).\(getpid()).new", permissions: 0o644)
        return .written(known)
    }

    func remove(_ file: String, _ known: ReportFileStore.Known) throws -> Bool {
        let target = "\(path)/\(file)"
        let present: [UInt8]
        do throws(SystemError) { present = try contents(ofFile: target, limit: Self.maximumBytes) } catch {
            if error.number == ENOENT { return true }
            throw error
        }
        guard ReportFile.hash(of: present) == known.hash else { return false }
        guard unlink(target) == 0 || errno == ENOENT else { throw SystemError.last }
        // The service's folder, when nothing else is in it.
        if let slash = file.lastIndex(of: "/") { rmdir("\(path)/\(file[..<slash])") }
        return true
    }
}

/// Makes a folder and those above it as the process's mask allows: a web server of another user reads the report.
private func makePublicFolder(_ path: String) throws(SystemError) {
    if mkdir(path, 0o777) == 0 || errno == EEXIST { return }
    guard errno == ENOENT, let parent = path.lastIndex(of: "/"), parent > path.startIndex else { throw .last }
    try makePublicFolder(String(path[..<parent]))
    guard mkdir(path, 0o777) == 0 || errno == EEXIST else { throw .last }
}
