import Basics
import CSQLite

/// A value of SQLite.
enum SQLiteValue {
    case integer(Int64)
    case text(String)
    case null

    /// An integer.
    static func number(_ value: some BinaryInteger) -> SQLiteValue { .integer(Int64(clamping: value)) }

    /// A text, or null for none.
    static func optional(_ text: String?) -> SQLiteValue { text.map { .text($0) } ?? .null }
}

/// The row that a statement has reached; valid until the next one.
struct SQLiteRow: ~Copyable {
    fileprivate let statement: OpaquePointer

    /// A column's number; 0 for null.
    func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(statement, column) }

    /// A column's number; nil for null.
    func optionalInteger(_ column: Int32) -> Int64? {
        sqlite3_column_type(statement, column) == SQLITE_NULL ? nil : integer(column)
    }

    /// A column's text; nil for null.
    func text(_ column: Int32) -> String? { sqlite3_column_text(statement, column).map { String(cString: $0) } }
}

/// An open SQLite database with the statements that have been prepared on it.
///
/// Not for several threads at once: it belongs to one actor.
final class SQLiteConnection {
    /// How a file is opened.
    enum Mode {
        /// Made when it is not there.
        case readWrite
        /// Nothing is changed.
        case readOnly
        /// Nothing is changed, and nothing beside the file is read: for folders that cannot be written.
        case immutable

        fileprivate func name(of path: String) -> String {
            let options = [Mode.readWrite: "", .readOnly: "?mode=ro", .immutable: "?immutable=1"]
            return path == ":memory:" ? path : "file:\(path.percentEncodedPath)\(options[self] ?? "")"
        }
    }

    /// The file, for messages.
    let path: String
    private let handle: OpaquePointer
    /// By their text.
    private var statements: [String: OpaquePointer] = [:]

    /// How long a statement waits for another process.
    private static let busyTimeout: Int32 = 2_000

    /// Opens a file.
    /// - Parameter path: `:memory:` for a database that ends with the connection.
    init(_ path: String, _ mode: Mode = .readWrite) throws(LocalHistoryError) {
        self.path = path
        var opened: OpaquePointer?
        let flags = mode == .readWrite ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY
        let code = sqlite3_open_v2(
            mode.name(of: path), &opened, flags | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, nil)
        guard code == SQLITE_OK, let opened else {
            defer { sqlite3_close_v2(opened) }
            let reason = opened.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
            throw Self.error(opened.map { sqlite3_extended_errcode($0) } ?? code, reason, path)
        }
        handle = opened
        sqlite3_extended_result_codes(handle, 1)
        sqlite3_busy_timeout(handle, Self.busyTimeout)
    }

    deinit {
        for statement in statements.values { sqlite3_finalize(statement) }
        sqlite3_close_v2(handle)
    }

    /// Runs one or more statements without values.
    func execute(_ script: String) throws(LocalHistoryError) {
        guard sqlite3_exec(handle, script, nil, nil, nil) == SQLITE_OK else { throw lastError }
    }

    /// Runs one statement with the values of its `?`s.
    func run(_ text: String, _ values: [SQLiteValue] = []) throws(LocalHistoryError) {
        try rows(text, values) { _ in }
    }

    /// Runs one statement, and gives each of its rows to the body.
    func rows(_ text: String, _ values: [SQLiteValue] = [], _ body: (borrowing SQLiteRow) -> Void)
        throws(LocalHistoryError)
    {
        let statement = try prepared(text)
        defer {
            sqlite3_reset(statement)
            sqlite3_clear_bindings(statement)
        }
        for (index, value) in values.enumerated() { try bind(value, Int32(index + 1), statement) }
        let row = SQLiteRow(statement: statement)
        while true {
            let code = sqlite3_step(statement)
            if code == SQLITE_DONE { return }
            guard code == SQLITE_ROW else { throw lastError }
            body(row)
        }
    }

    /// Makes the tables of another file available.
    func attach(_ path: String, _ mode: Mode, as name: String) throws(LocalHistoryError) {
        try run("ATTACH ? AS \(name)", [.text(mode.name(of: path))])
    }

    /// The number in the first column of the first row; nil without a row.
    func number(_ text: String, _ values: [SQLiteValue] = []) throws(LocalHistoryError) -> Int64? {
        var found: Int64?
        try rows(text, values) { row in found = found ?? row.integer(0) }
        return found
    }

    /// Runs the body in a transaction, which is undone when it throws.
    func transaction(_ body: () throws(LocalHistoryError) -> Void) throws(LocalHistoryError) {
        try execute("BEGIN IMMEDIATE")
        do throws(LocalHistoryError) {
            try body()
            try execute("COMMIT")
        } catch {
            // Some faults have undone it already.
            if sqlite3_get_autocommit(handle) == 0 { try? execute("ROLLBACK") }
            throw error
        }
    }

    private func prepared(_ text: String) throws(LocalHistoryError) -> OpaquePointer {
        if let known = statements[text] { return known }
        var statement: OpaquePointer?
        guard sqlite3_prepare_v3(handle, text, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil) == SQLITE_OK,
            let statement
        else { throw lastError }
        statements[text] = statement
        return statement
    }

    private func bind(_ value: SQLiteValue, _ index: Int32, _ statement: OpaquePointer) throws(LocalHistoryError) {
        let code =
            switch value {
            case .integer(let number): sqlite3_bind_int64(statement, index, number)
            // -1: SQLite copies the text, which lives only for this call.
            case .text(let text):
                sqlite3_bind_text(statement, index, text, -1, unsafeBitCast(-1, to: sqlite3_destructor_type.self))
            case .null: sqlite3_bind_null(statement, index)
            }
        guard code == SQLITE_OK else { throw lastError }
    }

    // MARK: Errors

    private var lastError: LocalHistoryError {
        Self.error(sqlite3_extended_errcode(handle), String(cString: sqlite3_errmsg(handle)), path)
    }

    /// An error with SQLite's own words.
    private static func error(_ code: Int32, _ reason: String, _ path: String) -> LocalHistoryError {
        let kind: LocalHistoryErrorCode
        switch (code & 0xFF, code) {
        case (_, SQLITE_READONLY | (4 << 8)): kind = .moved  // SQLITE_READONLY_DBMOVED
        case (SQLITE_CORRUPT, _), (SQLITE_NOTADB, _): kind = .damaged
        case (SQLITE_BUSY, _), (SQLITE_LOCKED, _): kind = .locked
        case (SQLITE_READONLY, _), (SQLITE_CANTOPEN, _), (SQLITE_PERM, _): kind = .readOnly
        case (SQLITE_FULL, _): kind = .full
        default: kind = .failed
        }
        return LocalHistoryError(kind, "\(path): \(reason)")
    }
}

extension String {
    /// A path as it stands in a `file:` URL of SQLite.
    fileprivate var percentEncodedPath: String {
        var text = ""
        for character in self {
            switch character {
            case "%": text += "%25"
            case "?": text += "%3f"
            case "#": text += "%23"
            default: text.append(character)
            }
        }
        return text
    }
}
