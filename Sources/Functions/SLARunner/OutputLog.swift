import AWS
import Basics
import Glibc
import JSON
import Transport

/// The output of one run, any bytes, bounded in memory and on disk.
///
/// Up to `Limits.memory` it is kept in memory, above that in a temporary file up to `Limits.total`. Of the rest, and of
/// output that the disk does not take, the last `Limits.tail` bytes are kept: a failure shows at the end.
final class OutputLog {
    /// Limits in bytes.
    struct Limits: Sendable {
        /// In memory; also the size of a piece when the log is read.
        ///
        /// S3 wants parts of 5 MiB or more.
        var memory = 8 << 20
        /// In memory or in the file.
        var total = 1 << 30
        /// The end of the output beyond `total`.
        var tail = 1 << 20
        /// The folder of the temporary file.
        var folder: String

        /// 8 MiB in memory, 1 GiB in all, 1 MiB of the rest.
        init(folder: String = "/tmp") { self.folder = folder }
    }

    private let limits: Limits
    private var memory: [UInt8] = []
    private var spool: SpoolFile?
    private var isFull = false
    private var tail: [UInt8] = []
    private var count = 0

    init(limits: Limits = Limits()) { self.limits = limits }

    /// Adds a piece of output.
    func append(_ bytes: UnsafeRawBufferPointer) {
        count += bytes.count
        if spool == nil, !isFull, memory.count + bytes.count <= limits.memory {
            return memory.append(contentsOf: bytes)
        }
        let room = isFull ? 0 : min(bytes.count, limits.total - kept)
        let taken = room > 0 ? writeToSpool(UnsafeRawBufferPointer(rebasing: bytes[..<room])) : 0
        guard taken < bytes.count else { return }
        isFull = true
        tail.append(contentsOf: bytes[taken...])
        // Only at twice the limit: each removal moves the whole tail.
        if tail.count > 2 * limits.tail { tail.removeFirst(tail.count - limits.tail) }
    }

    /// How many pieces the log has, at least one.
    var pieceCount: Int { max(1, (kept + limits.memory - 1) / limits.memory) }

    /// One piece of the log: `Limits.memory` bytes, but for the last, which also holds the tail.
    func piece(_ index: Int) -> [UInt8] {
        let offset = index * limits.memory
        let piece = spool?.read(at: offset, length: min(limits.memory, kept - offset)) ?? memory
        return index == pieceCount - 1 ? piece + ending : piece
    }

    private var kept: Int { spool?.count ?? memory.count }

    /// The tail, after a line that says how much is missing before it.
    private var ending: [UInt8] {
        let tail = self.tail.suffix(limits.tail)
        let omitted = count - kept - tail.count
        return (omitted > 0 ? Array("\n[sla-runner: \(omitted) bytes left out here]\n".utf8) : []) + tail
    }

    /// Moves the output in memory to the file and appends the bytes; returns how many of these the disk took.
    private func writeToSpool(_ bytes: UnsafeRawBufferPointer) -> Int {
        if spool == nil {
            guard let file = SpoolFile(in: limits.folder), memory.withUnsafeBytes(file.append) else { return 0 }
            (spool, memory) = (file, [])
        }
        let before = kept
        _ = spool?.append(bytes)
        return kept - before
    }
}

/// An unlinked temporary file for output above the memory limit; closing it frees its space.
private final class SpoolFile {
    private let descriptor: Int32
    private(set) var count = 0

    /// Opens a file in a folder; nil when that fails, as on a read-only file system.
    init?(in folder: String) {
        var path = Array("\(folder)/sla-runner-XXXXXX".utf8CString)
        descriptor = mkstemp(&path)
        guard descriptor >= 0 else { return nil }
        unlink(path)
    }

    deinit { close(descriptor) }

    /// Appends bytes; false when the disk does not take all of them, and then `count` includes those it took.
    func append(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = UnsafeRawBufferPointer(rebasing: rest)
            let written = pwrite(descriptor, piece.baseAddress, piece.count, off_t(count))
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { return false }
            count += written
            rest = rest.dropFirst(written)
        }
        return true
    }

    /// Reads up to `length` bytes at an offset; fewer at the end of the file or when the disk fails.
    func read(at offset: Int, length: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: length) { buffer, filled in
            while filled < length {
                let rest = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[filled...])
                let got = pread(descriptor, rest.baseAddress, rest.count, off_t(offset + filled))
                if got < 0, errno == EINTR { continue }
                guard got > 0 else { return }
                filled += got
            }
        }
    }
}

/// Stores the output of runs: `S3LogStore`, or memory in tests.
protocol LogStoring: Sendable {
    /// Stores a log under a key.
    /// - Throws: When the log is not stored; no part of it is left behind then.
    func store(_ log: OutputLog, key: String) async throws
}

/// Stores the output of runs as objects of an S3 bucket.
struct S3LogStore: LogStoring {
    private let bucket: String
    private let encryption: JSONObject
    private let s3: AWSClient

    /// - Parameter encryption: `AES256`, `aws:kms` for the account's key of S3, or a KMS key's ARN, id or alias; nil
    ///   for the bucket's default.
    /// - Throws: `AWSError` when the configuration has no region.
    init(bucket: String, encryption: String?, aws: AWSConfiguration) throws {
        self.bucket = bucket
        self.encryption =
            switch encryption {
            case nil: [:]
            case "AES256", "aws:kms": ["ServerSideEncryption": encryption.map { .string($0) } ?? .null]
            case .some(let key): ["ServerSideEncryption": "aws:kms", "SSEKMSKeyId": .string(key)]
            }
        var aws = aws
        aws.attemptTimeout = .seconds(600)  // a piece on a slow line; what is longer must not hold up later runs
        self.s3 = try AWSClient(.s3, configuration: aws)
    }

    /// Stores a log, as a multipart upload when it has more than one piece.
    func store(_ log: OutputLog, key: String) async throws {
        do {
            try await upload(log, key)
        } catch let error as AWSError where error.isRefusal {
            throw SLARunnerError(
                .refused,
                "The bucket \(bucket) refuses the output: \(error). The role needs s3:PutObject on it and the use of its "
                    + "key; a bucket whose policy demands an encryption header needs SLARUNNER_S3ENCRYPTION.",
                underlying: error)
        }
    }

    private func upload(_ log: OutputLog, _ key: String) async throws {
        if log.pieceCount == 1 {
            _ = try await s3.send("PutObject", create(key), body: .bytes(log.piece(0)))
        } else {
            try await storeInParts(log, key)
        }
    }

    private func storeInParts(_ log: OutputLog, _ key: String) async throws {
        let upload = try await s3.call("CreateMultipartUpload", create(key))
        guard let uploadID = upload["UploadId"] else {
            throw SLARunnerError(.unexpectedAnswer, "S3 CreateMultipartUpload returned no UploadId")
        }
        let target: JSONObject = ["Bucket": .string(bucket), "Key": .string(key), "UploadId": uploadID]
        do {
            var parts: [JSONValue] = []
            for index in 0..<log.pieceCount {
                var input = target
                input["PartNumber"] = JSONValue(index + 1)
                let part = try await s3.send("UploadPart", .object(input), body: .bytes(log.piece(index)))
                parts.append(["PartNumber": JSONValue(index + 1), "ETag": part.output["ETag"] ?? .null])
            }
            var input = target
            input["MultipartUpload"] = ["Parts": .array(parts)]
            _ = try await s3.call("CompleteMultipartUpload", .object(input))
        } catch {
            // Parts of an upload that is never completed are stored and charged.
            _ = try? await s3.call("AbortMultipartUpload", .object(target))
            throw error
        }
    }

    private func create(_ key: String) -> JSONValue {
        var input: JSONObject = [
            "Bucket": .string(bucket), "Key": .string(key), "ContentType": "text/plain; charset=utf-8",
        ]
        for (name, value) in encryption { input[name] = value }
        return .object(input)
    }
}
