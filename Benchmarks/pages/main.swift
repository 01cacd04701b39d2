// Makes up services with their results, draws the site of them and writes it into a folder; prints one line of JSON
// with the bytes of the first page and the milliseconds that drawing took. The browser tests look at what it writes.
//
//     pages-benchmark SERVICES DAYS FOLDER [all-up | trouble | flapping | no-data] [SECONDS-AGO]
import Basics
import Glibc
import SLAReport
import ServiceHistory

let arguments = CommandLine.arguments
guard arguments.count >= 4, let count = Int(arguments[1]), let days = Int(arguments[2]) else {
    print("usage: pages-benchmark SERVICES DAYS FOLDER [all-up | trouble | flapping | no-data] [SECONDS-AGO]")
    exit(64)
}
let folder = arguments[3]
let scenario = arguments.count > 4 ? arguments[4] : "trouble"
let age = arguments.count > 5 ? Int64(arguments[5]) ?? 0 : 0
let now = Timestamp.now() - .seconds(age)
let groups = ["payments", "shop", "identity", "search", "mobile", "internal"]
let names = [
    "api", "web", "checkout", "login", "catalogue", "images", "webhooks", "mail", "export", "admin", "invoices",
    "queue",
    "reports", "sessions", "pricing", "stock", "recommendations-for-returning-customers",
]
let causes = [
    "[STATUS] (503) == 200", "[CONNECTED] (false) == true: connection refused",
    "[RESPONSE_TIME] (2412) < 1500", "exit status 3: no such host",
]

/// Results of five minutes each, with outages that the seed determines and one that all share.
func history(_ place: Int, _ name: String, _ group: String) -> ServiceHistory {
    var random = SeededRandom(UInt64(place) + 1)
    var history = ServiceHistory(name: name, group: group, kind: place % 4 == 3 ? .test : .check, objective: 99.9)
    guard scenario != "no-data" else { return history }
    let period = Duration.seconds(300)
    let slots = days * 288
    var bad: [Int: Int] = [:]
    if scenario == "trouble" {
        for _ in 0..<Int(random.next(below: place % 3 == 0 ? 6 : 2)) {
            let start = Int(random.next(below: UInt64(slots)))
            let cause = Int(random.next(below: UInt64(causes.count)))
            for slot in start..<start + 1 + Int(random.next(below: 20)) { bad[slot] = cause }
        }
        // Everything behind one gateway failed in the same hour, yesterday.
        if place % 5 < 3 { for slot in slots - 300..<slots - 292 { bad[slot] = 1 } }
        // Long enough to fill an hour, whatever the minute is.
        if place == 2 { for slot in slots - 24..<slots { bad[slot] = 0 } }
        let start = now - .seconds(Int64(9 + place % 7) * 86_400)
        if place % 4 == 0 { history.maintenance = [start..<start + .seconds(7_200)] }
    }
    // Half of all hours have a failure, so that hardly a bar is like the one before.
    if scenario == "flapping" {
        for slot in 0..<slots where random.next(below: 17) == 0 { bad[slot] = Int(random.next(below: 4)) }
    }
    let base = 0.02 + Double(random.next(below: 200)) / 1_000
    let missing = scenario == "trouble" && place == 3 ? slots - 9_000..<slots - 6_000 : 0..<0
    for slot in 0..<slots where !missing.contains(slot) {
        // The day's load, and noise.
        let load = 1 + 0.35 * Double((slot + place * 7) % 288) / 288
        let noise = Double(random.next(below: 100)) / 1_000 * base
        let seconds = base * load + noise + (bad[slot] == nil ? 0 : 1.4)
        let start = now - period * (slots - slot)
        let successes = bad[slot] == nil ? 5 : Int(random.next(below: 3))
        history.points.append(
            HistoryPoint(
                start: start, length: period, attempts: 5, successes: successes, seconds: seconds,
                maximumSeconds: seconds * 1.5))
        if let cause = bad[slot], bad[slot - 1] == nil {
            history.causes.append(.init(time: start, text: causes[cause]))
        }
    }
    return history
}

func incidents() -> [Incident] {
    guard scenario == "trouble" else { return [] }
    func ago(_ hours: Double) -> Timestamp { now - .seconds(hours * 3_600) }
    var open = Incident(
        id: "checkout-slow", title: "Card payments fail for some customers", impact: .major,
        services: ["payments/checkout"],
        first: .init(id: "1", time: ago(0.3), status: .investigating, text: "One in three card payments is refused."))
    open.add(
        .init(id: "2", time: ago(0.1), status: .identified, text: "Our provider has confirmed a fault on its side."))
    var gone = Incident(
        id: "gateway", title: "Gateway refused connections", impact: .critical, services: [],
        postMortem: .init(
            time: ago(20),
            text: "A certificate was renewed, but the gateway was not reloaded.\n\nThe renewal now reloads it."),
        first: .init(id: "1", time: ago(25), status: .investigating, text: "Most services cannot be reached."))
    gone.add(.init(id: "2", time: ago(24.5), status: .monitoring, text: "The gateway was restarted."))
    gone.add(.init(id: "3", time: ago(24), status: .resolved, text: "All services answer again."))
    let planned = Incident(
        id: "upgrade", title: "Database upgrade", impact: .minor, services: ["shop/web"],
        window: now + .seconds(86_400)..<now + .seconds(93_600),
        first: .init(id: "1", time: ago(48), status: .scheduled, text: "The shop is read-only for two hours."))
    return [open, planned, gone]
}

func write(_ bytes: [UInt8], to path: String) {
    guard let file = fopen(path, "w") else {
        print("\(path) cannot be written")
        exit(1)
    }
    fwrite(bytes, 1, bytes.count, file)
    fclose(file)
}

/// The processor time of this process in milliseconds.
func milliseconds() -> Double { Double(clock()) * 1_000 / Double(CLOCKS_PER_SEC) }

let services = (0..<count).map { place in
    let group = count <= 6 ? (place < 4 ? "payments" : "shop") : groups[place * groups.count / count]
    let known = names[(count <= 6 ? [0, 1, 2, 3, 16, 5][place] : place % names.count)]
    let name = count <= 6 ? known : "\(known)-\(place / names.count + 1)"
    return SLAReportInput.Service(
        id: "\(group)-\(name)", displayName: name, group: group, history: history(place, name, group))
}
var input = SLAReportInput(
    title: "Example Ltd", generatedAt: now, environment: "prod", days: days, services: services, incidents: incidents())
if scenario == "trouble" {
    input.unread = [.init(what: "history of the mail relay", reason: "CloudWatch refused access: AccessDenied")]
}

input.every = .seconds(300)

let before = milliseconds()
let site = StatusSite(input)
let index = site.index()
let drawn = milliseconds()
let files = site.files()
let all = milliseconds()
for path in [folder, folder + "/services", folder + "/incidents"] { mkdir(path, 0o755) }
for file in files { write(file.bytes, to: "\(folder)/\(file.path)") }
print(
    """
    {"services": \(count), "days": \(days), "bytes": \(index.bytes.count), \
    "milliseconds": \(PageNumber.text(drawn - before)), "all_milliseconds": \(PageNumber.text(all - drawn)), \
    "pages": \(files.count)}
    """)

/// A number with one digit behind the point.
enum PageNumber {
    static func text(_ number: Double) -> String { "\((number * 10).rounded() / 10)" }
}
