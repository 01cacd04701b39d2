public import Basics

/// Something that people are told about services: a failure, or planned work.
///
/// Its status, its start and its end follow from its updates, so that updates of two people can be put together.
public struct Incident: Sendable, Hashable, Identifiable {
    /// How much users notice; the lesser first.
    public enum Impact: String, Sendable, CaseIterable, Comparable {
        case none, minor, major, critical

        /// By how much users notice.
        public static func < (left: Impact, right: Impact) -> Bool { left.rank < right.rank }

        private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
    }

    /// How far the work on it is.
    public enum Status: String, Sendable, CaseIterable {
        case investigating, identified, monitoring, resolved
        case scheduled
        case inProgress = "in_progress"
        case completed

        /// Whether it is said of planned work.
        public var isOfMaintenance: Bool { [.scheduled, .inProgress, .completed].contains(self) }

        /// Whether nothing is to be expected any more.
        public var isOver: Bool { self == .resolved || self == .completed }

        /// For people: `in progress`.
        public var text: String { self == .inProgress ? "in progress" : rawValue }
    }

    /// Something that was said about it.
    public struct Update: Sendable, Hashable, Identifiable {
        /// Of this update alone: one that is sent twice is kept once.
        public var id: String
        /// When it was said, or what it says began.
        public var time: Timestamp
        /// The status from then on; of a remark the one that holds already.
        public var status: Status
        /// For people, plain text.
        public var text: String
        /// Who wrote it; it is not published.
        public var author: String?

        /// Makes an update.
        public init(id: String, time: Timestamp, status: Status, text: String, author: String? = nil) {
            self.id = id
            self.time = time
            self.status = status
            self.text = text
            self.author = author
        }
    }

    /// What was learned from it.
    public struct PostMortem: Sendable, Hashable {
        /// When it was written.
        public var time: Timestamp
        /// For people, plain text.
        public var text: String

        /// Makes a post-mortem.
        public init(time: Timestamp, text: String) { (self.time, self.text) = (time, text) }
    }

    /// Stands in commands and addresses: `20261129-k3fpa`.
    public let id: String
    /// One line for people.
    public var title: String
    /// How much users notice.
    public var impact: Impact
    /// The affected services by `group/name`; empty for all.
    public var services: [String]
    /// When planned work takes place; nil for a failure.
    public var window: Range<Timestamp>?
    /// What was learned; nil until it is written.
    public var postMortem: PostMortem?
    /// When something else than its updates was changed for the last time; nil when nothing was.
    public var changedAt: Timestamp?
    /// How often that was.
    public var revision: Int
    /// Whether a program made it from an outage.
    public var isAutomatic: Bool
    /// What was said, the oldest first; never empty.
    public private(set) var updates: [Update]

    /// Makes an incident.
    /// - Parameter first: says what is known at its start.
    public init(
        id: String, title: String, impact: Impact, services: [String], window: Range<Timestamp>? = nil,
        postMortem: PostMortem? = nil, changedAt: Timestamp? = nil, revision: Int = 0, isAutomatic: Bool = false,
        first: Update
    ) {
        self.id = id
        self.title = title
        self.impact = impact
        self.services = services
        self.window = window
        self.postMortem = postMortem
        self.changedAt = changedAt
        self.revision = revision
        self.isAutomatic = isAutomatic
        updates = [first]
    }

    /// Puts an update at the place of its time; one that is there already stays as it is.
    public mutating func add(_ update: Update) {
        guard !updates.contains(where: { $0.id == update.id }) else { return }
        updates.insert(update, at: updates.firstIndex { update.time < $0.time } ?? updates.endIndex)
    }

    /// Whether it is about a service, by `group/name`.
    public func concerns(_ service: String) -> Bool { services.isEmpty || services.contains(service) }

    /// Whether it is planned work.
    public var isMaintenance: Bool { window != nil }

    /// When it was opened.
    public var createdAt: Timestamp { updates.first?.time ?? Timestamp(microseconds: 0) }

    /// What was said until a time, the oldest first, and of planned work also that its window has begun and ended.
    public func updates(at now: Timestamp) -> [Update] {
        var shown = self
        if let window {
            shown.advance(at: window.lowerBound, to: .inProgress, "The maintenance has begun.", now)
            shown.advance(at: window.upperBound, to: .completed, "The maintenance has ended.", now)
        }
        return shown.updates
    }

    /// Says what nobody has to say: that a window has begun or ended, unless it was said to be over before.
    ///
    /// Work that takes longer than planned is `in_progress` again by an update after the window's end.
    private mutating func advance(at time: Timestamp, to status: Status, _ text: String, _ now: Timestamp) {
        // A window can have begun before anybody said that there would be one.
        let time = max(time, createdAt)
        guard time <= now, let current = updates.last(where: { $0.time <= time })?.status, !current.isOver,
            current != status
        else { return }
        add(Update(id: "\(id)-\(status.rawValue)", time: time, status: status, text: text))
    }

    /// What was said of its status for the last time; see ``status(at:)`` for planned work.
    public var status: Status { updates.last?.status ?? .resolved }

    /// Its status at a time: planned work goes on by itself.
    public func status(at now: Timestamp) -> Status { updates(at: now).last?.status ?? status }

    /// When it was over; nil while it is not.
    ///
    /// A remark after that changes nothing.
    public func endedAt(_ now: Timestamp) -> Timestamp? {
        updates(at: now).reversed().prefix { $0.status.isOver }.last?.time
    }

    /// When it began: of planned work its window, unless it was begun before.
    public func startedAt(_ now: Timestamp) -> Timestamp {
        guard let window else { return createdAt }
        let begun = updates.first { $0.status == .inProgress }?.time ?? window.lowerBound
        return min(begun, window.lowerBound)
    }

    /// When it was changed for the last time.
    public func updatedAt(_ now: Timestamp) -> Timestamp {
        [updates(at: now).last?.time, postMortem?.time, changedAt].compactMap(\.self).max() ?? createdAt
    }

    /// A number that is larger after each change, for programs that compare two versions of an incident.
    ///
    /// A window that is moved can take back both updates by which it went on by itself, so a change weighs three.
    public func version(_ now: Timestamp) -> Int { updates(at: now).count - 1 + 3 * revision }

    /// The time in which services were worked on, as planned or as it was said; nil for a failure, and for planned work
    /// that was over before it began.
    public func maintenance(at now: Timestamp) -> Range<Timestamp>? {
        guard let window else { return nil }
        let start = startedAt(now)
        let said = updates.reversed().prefix { $0.status.isOver }.last?.time
        let end = said ?? (status(at: now).isOver ? window.upperBound : max(window.upperBound, now))
        return start < end ? start..<end : nil
    }
}

extension [Incident] {
    /// When a service was, is and will be worked on, oldest first: what fails then does not count.
    /// - Parameter service: `group/name`.
    public func maintenance(of service: String, at now: Timestamp) -> [Range<Timestamp>] {
        filter { $0.concerns(service) }.compactMap { $0.maintenance(at: now) }
            .sorted { ($0.lowerBound, $0.upperBound) < ($1.lowerBound, $1.upperBound) }
    }
}
