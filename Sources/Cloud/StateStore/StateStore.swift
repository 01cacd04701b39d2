internal import AWS
public import Basics
public import JSON

/// Small documents by key, in memory, in a folder, in S3 or in DynamoDB, which several processes may share.
///
/// A write can depend on what is stored: create if absent, replace or remove if unchanged since it was read. That is
/// enough for a state that many processes update, and for ``Leases``.
///
///     let store = try StateStore.table("states", TableLayout(key: "id", document: "entry"), aws: aws)
///     let known = try await store.document("a", until: deadline)
///     let outcome = try await store.write("…", to: "a", if: .unchanged(since: known), until: deadline)
///
/// The stores are values of one type, made by static functions, and not types that conform to a protocol: the linker
/// drops the stores that a program does not name.
public struct StateStore: Sendable {
    /// What is stored under a key.
    public struct Document: Sendable, Hashable {
        /// The document, usually JSON.
        public let text: String
        /// What a later write compares.
        public let version: Version

        /// A document as a store gives it.
        public init(text: String, version: Version) { (self.text, self.version) = (text, version) }

        /// The text as JSON; `nil` when it is not JSON.
        public var json: JSONValue? { try? JSONValue(parsing: text) }
    }

    /// What a store compares to see whether a document has changed: its ETag in S3, its text elsewhere.
    public struct Version: Sendable, Hashable {
        /// `nil` for an item that an earlier layout of a table has written.
        let text: String?

        /// A version, for a store that is not made here.
        public init(_ text: String) { self.text = text }

        init(ofEarlierLayout: Void) { text = nil }
    }

    /// What must hold for a write to take place.
    public enum Condition: Sendable, Hashable {
        /// Nothing: the document is replaced, whatever it is now.
        case always
        /// There is no document under the key.
        case absent
        /// The document is there and has this version.
        case unchanged(Version)

        /// The document is as it was read; `nil` for one that was not there.
        public static func unchanged(since document: Document?) -> Condition {
            document.map { .unchanged($0.version) } ?? .absent
        }
    }

    /// What became of a write.
    public enum WriteOutcome: Sendable, Hashable {
        /// It is stored; the next write compares with this version.
        case written(Version)
        /// Nothing was written because the condition does not hold.
        /// - Parameter current: the document that is there, where the store tells; `nil` where it must be read.
        case conflict(current: Document?)

        /// Whether the condition held.
        public var isWritten: Bool { if case .written = self { true } else { false } }
    }

    /// Reads one document.
    public typealias Read = @Sendable (_ key: String, _ deadline: Timestamp) async throws -> Document?
    /// Reads all documents, by key.
    public typealias ReadAll = @Sendable (_ deadline: Timestamp) async throws -> [String: Document]
    /// Reads the documents whose keys begin with a text, by key; all of them for an empty one.
    public typealias ReadPrefix =
        @Sendable (_ prefix: String, _ deadline: Timestamp) async throws -> [String: Document]
    /// Writes one document; `expires` is when the store may forget it.
    public typealias Write =
        @Sendable (
            _ text: String, _ key: String, _ condition: Condition, _ expires: Timestamp?, _ deadline: Timestamp
        ) async throws -> WriteOutcome
    /// Removes one document; `false` when the condition does not hold.
    public typealias Remove =
        @Sendable (_ key: String, _ condition: Condition, _ deadline: Timestamp) async throws -> Bool

    private let read: Read
    private let readPrefix: ReadPrefix
    private let write: Write
    private let remove: Remove

    /// A store of another kind, made of its four operations.
    public init(
        read: @escaping Read, readPrefix: @escaping ReadPrefix, write: @escaping Write, remove: @escaping Remove
    ) {
        (self.read, self.readPrefix, self.write, self.remove) = (read, readPrefix, write, remove)
    }

    /// A store of another kind, which always reads all documents.
    public init(
        read: @escaping Read, readAll: @escaping ReadAll, write: @escaping Write, remove: @escaping Remove
    ) {
        self.init(
            read: read,
            readPrefix: { prefix, deadline in
                try await readAll(deadline).filter { $0.key.utf8.starts(with: prefix.utf8) }
            }, write: write, remove: remove)
    }

    /// The document under a key; `nil` when there is none.
    /// - Throws: `StateStoreError`, or `CancellationError`, as all operations do.
    public func document(_ key: String, until deadline: Timestamp) async throws -> Document? {
        try await read(key, deadline)
    }

    /// The documents of the store whose keys begin with a prefix, by key.
    ///
    /// No other documents are read, however many there are; a table without a sort key still goes through all its
    /// items.
    /// - Parameter prefix: empty for all documents.
    public func documents(prefix: String = "", until deadline: Timestamp) async throws -> [String: Document] {
        try await readPrefix(prefix, deadline)
    }

    /// Writes a document if the condition holds.
    /// - Parameter expires: when the store may forget the document. Only a table with such an attribute does.
    public func write(
        _ text: String, to key: String, if condition: Condition = .always, expires: Timestamp? = nil,
        until deadline: Timestamp
    ) async throws -> WriteOutcome {
        try await write(text, key, condition, expires, deadline)
    }

    /// Removes a document if the condition holds; one that is not there counts as removed under `always` and `absent`.
    /// - Returns: whether the condition held.
    public func remove(_ key: String, if condition: Condition = .always, until deadline: Timestamp) async throws -> Bool
    {
        try await remove(key, condition, deadline)
    }
}

extension StateStore {
    /// Changes a document that other processes change, too: anew when another write came first.
    /// - Parameters:
    ///   - deadline: asked before each attempt.
    ///   - pause: waits before the next attempt, by the number of those before.
    ///   - change: gets what is there, and returns what is to be there; a nil text for no change.
    /// - Returns: the result of the change; nil when others came first at all attempts.
    public func update<Result>(
        _ key: String, attempts: Int, until deadline: () -> Timestamp, pause: (Int) async throws -> Void = { _ in },
        _ change: (Document?) throws -> (result: Result, text: String?)
    ) async throws -> Result? {
        for attempt in 1...attempts {
            let document = try await document(key, until: deadline())
            let (result, text) = try change(document)
            guard let text else { return result }
            let outcome = try await write(text, to: key, if: .unchanged(since: document), until: deadline())
            if outcome.isWritten { return result }
            try await pause(attempt)
        }
        return nil
    }
}

/// Why a store could not be read or written.
///
/// A condition that does not hold is no error.
public typealias StateStoreError = CodedError<StateStoreErrorCode>

/// The kinds of failure of a store.
public enum StateStoreErrorCode: String, ErrorCode {
    /// The service is asked too often; the client has already slowed down and tried again.
    case throttled
    /// The process may not read or write there.
    case denied
    /// The table, bucket or folder does not exist.
    case missing
    /// The document, or its key, is larger than the store takes.
    case tooLarge
    /// The text names no place, or AWS's settings do not suffice for it.
    case malformed
    /// Anything else: no answer in time, a fault of the service, a full disk. The same call may succeed later.
    case unavailable
}

extension StateStoreError {
    /// What a service's refusal means for a store.
    /// - Parameter place: the table or bucket, for messages.
    init(_ error: AWSError, _ place: String, deniedHint: String = "") {
        let (code, advice): (StateStoreErrorCode, String) =
            if error.isThrottling {
                (.throttled, "\(place) is asked too often")
            } else if error.code == "ResourceNotFoundException" || error.code == "NoSuchBucket" {
                (.missing, "\(place) does not exist in this account and region")
            } else if error.status == 403 || error.code == "AccessDeniedException" {
                (.denied, deniedHint)
            } else if error.isTooLarge {
                (.tooLarge, "a document is larger than \(place) takes")
            } else {
                (.unavailable, "")
            }
        self.init(code, "\(error)" + (advice.isEmpty ? "" : ": " + advice), underlying: error)
    }
}

extension AWSError {
    /// DynamoDB has no error code of its own for an item above 400 KB.
    fileprivate var isTooLarge: Bool {
        code == "EntityTooLarge" || (code == "ValidationException" && message.containsBytes("tem size"))
    }
}
