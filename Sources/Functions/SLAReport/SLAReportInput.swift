public import Basics
public import ServiceHistory
public import TimeZones

/// All that a report is made of; each builder of pages, badges, feeds and JSON gets this and returns ``ReportFile``s.
///
/// Builders are pure: the same input gives the same bytes, so that an unchanged file need not be written again.
public struct SLAReportInput: Sendable {
    /// For headings: the name of the company or of the system.
    public var title: String
    /// The end of the report: no point is later, and all ages are counted from it.
    public var generatedAt: Timestamp
    /// Where days begin and in which times are shown.
    public var zone: TimeZoneRules
    /// The zone's IANA name, for people.
    public var zoneName: String
    /// Where the files will be read, without a slash at the end, such as `https://status.example.com`; nil when that is
    /// not known: links are relative then, and what needs a whole address does without.
    public var baseURL: String?
    /// `AWS_ENV`: `prod`, `stage`.
    public var environment: String
    /// How many days the pages go back.
    public var days: Int
    /// `TIME_RANGES`, the shortest first.
    public var ranges: [Range]
    /// How outages and percentages of the original's files are counted.
    public var arithmetic: Arithmetic
    /// How often the report is made, so that a page that is much older says so; nil when that is not known.
    public var every: Duration?
    /// In the order of group and name; identifiers are unique.
    public var services: [Service]
    /// The newest first; also planned work that people have told of, which has a window.
    public var incidents: [Incident]
    /// Planned work of the past and of the future, the earliest first; weekly windows are already laid out.
    public var maintenance: [Maintenance]
    /// What the report lacks; empty when everything was read.
    public var unread: [Unread]

    /// A report of no services yet.
    public init(
        title: String, generatedAt: Timestamp, zone: TimeZoneRules = .utc, zoneName: String = "UTC",
        baseURL: String? = nil, environment: String = "", days: Int = 90, ranges: [Range] = [],
        arithmetic: Arithmetic = .mended, every: Duration? = nil, services: [Service] = [],
        incidents: [Incident] = [], maintenance: [Maintenance] = [], unread: [Unread] = []
    ) {
        self.title = title
        self.generatedAt = generatedAt
        self.zone = zone
        self.zoneName = zoneName
        self.baseURL = baseURL
        self.environment = environment
        self.days = days
        self.ranges = ranges
        self.arithmetic = arithmetic
        self.every = every
        self.services = services
        self.incidents = incidents
        self.maintenance = maintenance
        self.unread = unread
    }

    /// How outages and percentages are counted.
    public enum Arithmetic: String, Sendable, CaseIterable {
        /// As they are.
        case mended
        /// With the defects of the function that Tocsin replaces, for those who compare.
        case original
    }

    /// A stretch of time that ends when the report is made.
    public struct Range: Sendable, Hashable {
        /// As the setting has it, for names of files: `14d`.
        public var text: String
        /// From its start to the report.
        public var length: Duration

        /// Makes a range.
        public init(text: String, length: Duration) { (self.text, self.length) = (text, length) }
    }

    /// A service of the report.
    public struct Service: Sendable {
        /// For names of files and anchors: lower-case letters, digits and hyphens, of no other service, never empty.
        public var id: String
        /// The name for people.
        public var displayName: String
        /// The group for people; nil for none.
        public var group: String?
        /// A sentence for people; nil for none.
        public var details: String?
        /// Results, objective and maintenance of this service.
        ///
        /// `history.name` is the name in the metrics, and so the
        /// one that the original's files have in their paths.
        public var history: ServiceHistory
        /// Days until the certificate of an endpoint ends, by its newest result; nil where there is none.
        public var certificateDays: Int?

        /// Makes a service.
        public init(
            id: String, displayName: String, group: String? = nil, details: String? = nil, history: ServiceHistory,
            certificateDays: Int? = nil
        ) {
            self.id = id
            self.displayName = displayName
            self.group = group
            self.details = details
            self.history = history
            self.certificateDays = certificateDays
        }
    }

    /// Planned work.
    public struct Maintenance: Sendable, Hashable {
        /// For people, without a line end.
        public var title: String
        /// From its start to its end.
        public var range: Swift.Range<Timestamp>
        /// The identifiers of the services; empty for all.
        public var services: [String]

        /// Makes planned work.
        public init(title: String, range: Swift.Range<Timestamp>, services: [String] = []) {
            (self.title, self.range, self.services) = (title, range, services)
        }
    }

    /// Something that could not be read, so that the report says what it lacks.
    public struct Unread: Sendable, Hashable {
        /// For people: `history of shop from 2026-11-01`, `incidents`.
        public var what: String
        /// Why, and what to do.
        public var reason: String
        /// The identifier of the service that is concerned; nil when it is none, or several.
        public var service: String?

        /// Makes a note.
        public init(what: String, reason: String, service: String? = nil) {
            (self.what, self.reason, self.service) = (what, reason, service)
        }
    }
}

/// A file of the report.
public struct ReportFile: Sendable, Hashable {
    /// Below the report's folder or prefix, with slashes between the parts: `services/shop.html`.
    public var path: String
    /// With its parameters: `text/html; charset=utf-8`.
    public var contentType: String
    /// The content.
    public var bytes: [UInt8]
    /// How long a browser may show it without asking.
    public var maximumAge: Duration

    /// Makes a file.
    public init(path: String, contentType: String, bytes: [UInt8], maximumAge: Duration = .seconds(60)) {
        self.path = path
        self.contentType = contentType
        self.bytes = bytes
        self.maximumAge = maximumAge
    }
}
