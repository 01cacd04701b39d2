import Basics

/// The tables of the history, and how those of older versions become today's.
///
/// Times are milliseconds since 1970 UTC. `user_version` counts the migrations that have been made.
enum HistorySchema {
    /// Each is made once, in its order; never change one that was released.
    private static let migrations = [
        """
        CREATE TABLE service (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, "group" TEXT, name TEXT NOT NULL);
        -- By time first: what is written at one time lies together, and so does what is removed.
        -- total and longest are microseconds of the results that were timed.
        CREATE TABLE result (
            time INTEGER, service INTEGER, attempts INTEGER, successes INTEGER, timed INTEGER, total INTEGER,
            longest INTEGER, PRIMARY KEY (time, service)) WITHOUT ROWID;
        CREATE TABLE minute (
            time INTEGER, service INTEGER, attempts INTEGER, successes INTEGER, timed INTEGER, total INTEGER,
            longest INTEGER, PRIMARY KEY (time, service)) WITHOUT ROWID;
        CREATE TABLE hour (
            time INTEGER, service INTEGER, attempts INTEGER, successes INTEGER, timed INTEGER, total INTEGER,
            longest INTEGER, PRIMARY KEY (time, service)) WITHOUT ROWID;
        -- Since when a table of points is complete.
        CREATE TABLE kept (points TEXT PRIMARY KEY, since INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE outage (
            start INTEGER, service INTEGER, end INTEGER, failures INTEGER NOT NULL, cause TEXT,
            PRIMARY KEY (start, service)) WITHOUT ROWID;
        CREATE TABLE cause (time INTEGER, service INTEGER, text TEXT NOT NULL, PRIMARY KEY (time, service))
            WITHOUT ROWID;
        CREATE TABLE maintenance (start INTEGER, service INTEGER, end INTEGER NOT NULL, PRIMARY KEY (start, service))
            WITHOUT ROWID;
        CREATE TABLE alarm_change (
            id INTEGER PRIMARY KEY, time INTEGER NOT NULL, alarm TEXT NOT NULL, state TEXT NOT NULL,
            reason TEXT NOT NULL);
        CREATE INDEX alarm_change_time ON alarm_change (time);
        CREATE TABLE message (
            id INTEGER PRIMARY KEY, time INTEGER NOT NULL, title TEXT NOT NULL, text TEXT NOT NULL,
            tone TEXT NOT NULL, output TEXT NOT NULL);
        CREATE INDEX message_time ON message (time);
        CREATE TABLE run (
            start INTEGER, experiment TEXT, end INTEGER, title TEXT NOT NULL, state TEXT NOT NULL,
            outcome TEXT NOT NULL, PRIMARY KEY (start, experiment)) WITHOUT ROWID;
        CREATE TABLE activity (
            run INTEGER, experiment TEXT, position INTEGER, name TEXT NOT NULL, kind TEXT NOT NULL,
            start INTEGER NOT NULL, end INTEGER, good INTEGER NOT NULL, PRIMARY KEY (run, experiment, position))
            WITHOUT ROWID;
        CREATE TABLE function_hour (
            time INTEGER, function TEXT, invocations INTEGER, errors INTEGER, starts INTEGER, total INTEGER,
            longest INTEGER, memory INTEGER, PRIMARY KEY (time, function)) WITHOUT ROWID;
        """
    ]

    /// Makes the tables, or brings them up to date.
    /// - Throws: `LocalHistoryError` with `.newerVersion`, and nothing is changed.
    static func prepare(_ connection: SQLiteConnection) throws(LocalHistoryError) {
        let version = Int(try connection.number("PRAGMA user_version") ?? 0)
        guard version <= migrations.count else {
            throw LocalHistoryError(
                .newerVersion, "its format is \(version), and this tocsin knows \(migrations.count)")
        }
        if version == 0 {
            // Before the first table: it decides how the file is laid out.
            try connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        }
        // Where the file system has no shared memory SQLite stays with a journal, which is as safe.
        try connection.execute("PRAGMA journal_mode = WAL")
        // A power cut can lose the last seconds, and damages nothing.
        try connection.execute("PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = 4000000")
        guard version < migrations.count else { return }
        try connection.transaction { () throws(LocalHistoryError) in
            for migration in migrations[version...] { try connection.execute(migration) }
            try connection.execute("PRAGMA user_version = \(migrations.count)")
        }
    }

    /// All tables, for a copy of them.
    static let tables = [
        "service", "result", "minute", "hour", "kept", "outage", "cause", "maintenance", "alarm_change", "message",
        "run",
        "activity", "function_hour",
    ]
}
