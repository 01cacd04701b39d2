import Testing

@testable import TimeZones

@Suite struct TimeZoneTests {
    @Test func everyNameAgreesWithZoneinfo() throws {
        for row in TimeZoneRows.names.split(separator: "\n") {
            let parts = row.split(separator: " ").map(String.init)
            let zone = try #require(TimeZoneRules(named: parts[0]), "\(parts[0])")
            // 16 January and 16 July 2027, 00:00 UTC.
            #expect(zone.offset(at: 1_800_057_600) == Int(parts[1]), "\(parts[0])")
            #expect(zone.offset(at: 1_815_696_000) == Int(parts[2]), "\(parts[0])")
        }
    }

    @Test func everyChangeAgreesWithZoneinfo() throws {
        for row in TimeZoneRows.changes.split(separator: "\n") {
            let parts = row.split(separator: " ").map(String.init)
            let zone = try #require(TimeZoneRules(named: parts[0]))
            let time = try #require(Int(parts[1]))
            #expect(zone.offset(at: time - 1) == Int(parts[2]), "\(row)")
            #expect(zone.offset(at: time) == Int(parts[3]), "\(row)")
            for pair in parts[4...] {
                let sides = pair.split(separator: "=").compactMap { Int($0) }
                #expect(zone.time(ofLocal: sides[0]) == sides[1], "\(row)")
            }
        }
    }

    @Test(arguments: ["", "europe/berlin", "Europe/Berli", "Europe/Berlin ", "Local", "CEST", "+02:00", "M3.5.0"])
    func unknownName(name: String) {
        #expect(TimeZoneRules(named: name) == nil)
    }

    @Test(arguments: ["UTC", "Etc/UTC", "GMT"])
    func noDaylightSaving(name: String) {
        #expect(TimeZoneRules(named: name) == TimeZoneRules(name: name, standardOffset: 0))
    }

    @Test(arguments: [
        "", "CET", "-1", "<CET-1", "<>-1", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M13.5.0,M10.5.0",
        "CET-1CEST,M0.5.0,M10.5.0", "CET-1CEST,M3.6.0,M10.5.0", "CET-1CEST,M3.0.0,M10.5.0", "CET-1CEST,M3.5.7,M10.5.0",
        "CET-1CEST,M3.5.0/,M10.5.0", "CET-1CEST,M3.5.0,M10.5.0x", "CET-1CEST,J60,J300", "UTC0 1=x", "UTC0 12",
    ])
    func unreadableRule(text: String) {
        #expect(TimeZoneRules(text, name: "") == nil)
    }
}
