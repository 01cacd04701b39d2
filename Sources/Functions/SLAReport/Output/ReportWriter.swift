import AWS
import Basics
import JSON
import StateStore

/// Writes the files of one report: those that changed, each by itself, and none over those of a later report.
///
/// What was written is noted in one document beside the files, so that the next report reads one object and not all.
/// The document counts only where it agrees with the place: a file that another program has written meanwhile has
/// another tag, is looked at, and is written or left.
///
/// It also tells which files are the report's own: those that no report has made for a week can be removed. Each note
/// has its maker, for reports of several regions or namespaces can have one place.
final class ReportWriter: Sendable {
    /// What became of the files.
    struct Summary: Sendable {
        var written = 0
        var unchanged = 0
        /// Files that a later report has written.
        var superseded = 0
        /// Files of services that are gone, which were removed.
        var removed = 0
        /// Why such files stay, for people; nil when none had to.
        var removalFault: String?
        /// What was not written, by path, with the reason.
        var failures: [(path: String, reason: String)] = []
    }

    private struct Progress: Sendable {
        var summary = Summary()
        /// What this report knows of its files, by path.
        var known: [String: ReportFileStore.Known] = [:]
        /// Files that were written, are there already, or were written by a later report.
        var made: Set<String> = []
        /// Files that were removed, or that are not the report's any more.
        var settled: Set<String> = []
    }

    private let store: ReportFileStore
    private let generatedAt: Timestamp
    private let deadline: Timestamp
    private let notes: [String: ReportFileStore.Known]
    private let maker: String
    /// When the last whole report was made; nil when none is known.
    private let previous: Timestamp?
    private let progress = Locked(Progress())

    /// The document's key: the object `.report-state`, or the file `.report-state.json`.
    static let stateKey = ".report-state"
    private static let maximumAttempts = 10
    private static let notesMaximumAge = ReportFileStore.refreshAge * 30
    /// Files that no report has made for so long are removed: a listing that lacks a service is no reason.
    static let goneAge = ReportFileStore.refreshAge * 7
    /// After a longer pause between two reports nothing is removed: the age of a note then tells of the pause.
    static let longestPause = ReportFileStore.refreshAge * 2
    /// The next report removes more.
    private static let maximumRemovals = 2_000
    /// What noting the files needs of the time: without the notes the next report looks at each file.
    private static let reserve = Duration.seconds(10)

    private init(
        _ store: ReportFileStore, _ generatedAt: Timestamp, _ deadline: Timestamp,
        _ notes: [String: ReportFileStore.Known], _ maker: String = "", previous: Timestamp? = nil
    ) {
        (self.store, self.generatedAt, self.deadline, self.notes) = (store, generatedAt, deadline, notes)
        (self.maker, self.previous) = (maker, previous)
    }

    /// A writer for a whole report; nil when a later one has been written.
    /// - Parameter maker: the same for reports of the same services; nothing is removed without one.
    static func whole(
        _ store: ReportFileStore, generatedAt: Timestamp, deadline: Timestamp, maker: String = ""
    ) async throws -> ReportWriter? {
        let document = try await store.state.document(stateKey, until: deadline)
        let state = ReportState(document?.json)
        if let latest = state.generatedAt, latest > generatedAt { return nil }
        return ReportWriter(store, generatedAt, deadline, state.files, maker, previous: state.generatedAt)
    }

    /// A writer for files of single services, which are looked at one by one.
    static func part(_ store: ReportFileStore, generatedAt: Timestamp, deadline: Timestamp) -> ReportWriter {
        ReportWriter(store, generatedAt, deadline, [:])
    }

    /// What became of the files so far.
    var summary: Summary { progress.withLock { $0.summary } }

    /// Writes files, several at the same time; one that fails does not hold back the others.
    /// - Parameter isNoted: whether the next report need not look at them; not files that other invocations write, too.
    func write(_ files: [ReportFile], isNoted: Bool) async throws {
        _ = try await files.concurrentMap(atMost: store.writesAtOnce) { file in
            try Task.checkCancellation()
            await self.write(file, isNoted: isNoted)
        }
    }

    private func write(_ file: ReportFile, isNoted: Bool) async {
        guard file.hasSafePath else { return fail(file, "its name would lead to another place: rename the service") }
        do {
            let known = isNoted && store.notesFiles ? notes[file.path] : nil
            let outcome = try await store.put(file, generatedAt, known, deadline)
            progress.withLock { progress in
                progress.made.insert(file.path)
                switch outcome {
                case .written(let now):
                    progress.summary.written += 1
                    progress.known[file.path] = now
                case .unchanged(let now):
                    progress.summary.unchanged += 1
                    progress.known[file.path] = now
                case .superseded: progress.summary.superseded += 1
                }
            }
        } catch {
            fail(file, "\(error)")
        }
    }

    private func fail(_ file: ReportFile, _ reason: String) {
        progress.withLock { $0.summary.failures.append((file.path, reason)) }
    }

    /// Removes files of services that are gone: those that earlier reports of this maker made, and that none has made
    /// for a week.
    ///
    /// For a report that is whole: all services were found and read, and all files were written. A file that is not as
    /// it was noted stays, for another program wrote it. When more would go than stay in a folder, all of it stay:
    /// rather a setting is wrong.
    /// - Parameter folders: what the paths begin with; other files are never removed.
    func removeGone(below folders: [String]) async {
        guard !maker.isEmpty, let previous, generatedAt - previous <= Self.longestPause else { return }
        let gone = folders.flatMap(pathsGone).sorted()
        guard let first = gone.first else { return }
        // Alone: when the first is denied, so are the others.
        guard await remove(first) else { return }
        _ = try? await gone.prefix(Self.maximumRemovals).dropFirst().concurrentMap(atMost: store.writesAtOnce) { path in
            try Task.checkCancellation()
            _ = await self.remove(path)
        }
    }

    private func pathsGone(below folder: String) -> [String] {
        let made = progress.withLock { $0.made }
        let gone = notes.filter { path, known in
            !made.contains(path) && path.hasPrefix(folder) && ReportFile.isSafe(path) && known.maker == maker
                && generatedAt - known.generatedAt >= Self.goneAge
        }.keys.sorted()
        guard let first = gone.first, gone.count > made.count(where: { $0.hasPrefix(folder) }) else { return gone }
        keep(
            "\(gone.count) files of services that are gone, such as \(first), were not removed, because the report "
                + "has fewer: check region and namespaces; remove them by hand if those are right")
        return []
    }

    /// - Returns: whether files may be removed at all.
    private func remove(_ path: String) async -> Bool {
        guard let known = notes[path] else { return true }
        do {
            let isRemoved = try await store.remove(path, known, deadline - Self.reserve)
            progress.withLock { progress in
                progress.settled.insert(path)
                if isRemoved { progress.summary.removed += 1 }
            }
            return true
        } catch {
            keep("files of services that are gone could not all be removed, such as \(path): \(error)")
            return ((error as? ReportError)?.underlying as? AWSError)?.isDenied != true
        }
    }

    private func keep(_ reason: String) {
        progress.withLock { $0.summary.removalFault = $0.summary.removalFault ?? reason }
    }

    /// Notes what was written, and that this report is the latest.
    func finish() async throws {
        let (known, settled) = progress.withLock { ($0.known, $0.settled) }
        let done: Bool? = try await store.state.update(
            Self.stateKey, attempts: Self.maximumAttempts, until: { deadline }
        ) { document in
            var state = ReportState(document?.json)
            let before = state
            for (path, now) in known {
                if let other = state.files[path], other.generatedAt > now.generatedAt { continue }
                state.files[path] = now
                state.files[path]?.maker = maker
            }
            for path in settled where state.files[path] == notes[path] { state.files[path] = nil }
            // Files that are still made have been written again since.
            state.files = state.files.filter { generatedAt - $0.value.generatedAt < Self.notesMaximumAge }
            state.generatedAt = max(state.generatedAt ?? generatedAt, generatedAt)
            return (true, state == before ? nil : state.json.description)
        }
        if done == nil {
            throw ReportError(
                .unwritten, "\(Self.stateKey): other reports wrote it at each of \(Self.maximumAttempts) attempts")
        }
    }
}

/// What reports note for the next one.
struct ReportState: Sendable, Hashable {
    /// When the latest whole report was made.
    var generatedAt: Timestamp?
    /// By path.
    var files: [String: ReportFileStore.Known] = [:]

    /// Reads a document; what is not understood counts as not noted, and its files are looked at.
    init(_ json: JSONValue?) {
        generatedAt = json?["generatedAt"]?.stringValue.flatMap { Timestamp(iso8601: $0) }
        for (path, entry) in json?["files"]?.objectValue ?? [:] {
            guard let hash = entry[0]?.stringValue, let tag = entry[1]?.stringValue, let time = entry[2]?.intValue
            else { continue }
            files[path] = .init(
                hash: hash, tag: tag, generatedAt: Timestamp(microseconds: time), maker: entry[3]?.stringValue ?? "")
        }
    }

    /// `{"generatedAt": "…", "files": {"index.html": ["<hash>", "<tag>", <microseconds>, "<maker>"]}}`.
    var json: JSONValue {
        var object: JSONObject = [:]
        object["generatedAt"] = generatedAt.map { .string($0.iso8601) }
        object["files"] = .object(
            JSONObject(
                files.sorted { $0.key < $1.key }.map { path, known in
                    (
                        path,
                        [
                            .string(known.hash), .string(known.tag), .integer(known.generatedAt.microseconds),
                            .string(known.maker),
                        ] as JSONValue
                    )
                }))
        return .object(object)
    }
}
