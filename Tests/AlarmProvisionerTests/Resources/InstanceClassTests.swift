import Testing

@testable import AlarmProvisioner

struct InstanceClassTests {
    private static let gibibyte = 1_073_741_824.0

    @Test(
        "GiB of database classes",
        arguments: [
            ("db.t3.micro", 1), ("db.t4g.medium", 4), ("db.t3.2xlarge", 32), ("db.m5.large", 8), ("db.m4.large", 8),
            ("db.m6g.16xlarge", 256), ("db.m3.medium", 3.75), ("db.r5.large", 16), ("db.r6gd.24xlarge", 768),
            ("db.r4.large", 15.25), ("db.x2g.large", 32), ("db.x2iedn.xlarge", 128), ("db.x2idn.16xlarge", 1_024),
            ("db.x1e.xlarge", 122), ("db.x1.16xlarge", 976), ("db.z1d.large", 16),
            ("db.r5.large.tpc1.mem2x", 32), ("db.c6gd.medium", 2),
            ("db.serverless", nil), ("db.r5.huge", nil), ("db.q1.large", nil), ("db.r5", nil), ("r5.large", nil),
            ("", nil), ("db.r5.1xlarge", nil), ("db.r5.-4xlarge", nil), ("db.t3.12xlarge", nil),
        ] as [(String, Double?)])
    func databases(name: String, gibibytes: Double?) {
        #expect(InstanceClass.databaseMemoryBytes(name) == gibibytes.map { $0 * Self.gibibyte })
    }

    @Test(
        "processors of classes",
        arguments: [
            ("db.t3.micro", 2), ("db.t2.micro", 1), ("db.t2.small", 1), ("db.t2.medium", 2), ("db.t2.large", 2),
            ("db.t4g.medium", 2), ("db.t3.xlarge", 4), ("db.t3.2xlarge", 8), ("db.m3.medium", 1), ("db.m5.large", 2),
            ("db.m4.10xlarge", 40), ("db.r6g.2xlarge", 8), ("db.m8g.48xlarge", 192), ("db.x1e.xlarge", 4),
            ("db.x2iedn.xlarge", 4), ("db.z1d.large", 2), ("db.c6gd.medium", 1), ("db.r5.12xlarge.tpc2.mem2x", 48),
            ("cache.t4g.micro", 2), ("cache.t2.medium", 2), ("cache.m6g.large", 2), ("cache.r7g.4xlarge", 16),
            ("db.r5.large.tpc1.mem2x", nil), ("db.m2.xlarge", nil), ("db.m5.micro", nil), ("db.t3.12xlarge", nil),
            ("db.serverless", nil), ("r5.large", nil), ("db.q1.large", nil), ("", nil),
        ] as [(String, Double?)])
    func processors(name: String, count: Double?) {
        #expect(InstanceClass.processors(name) == count)
    }

    @Test(
        "GiB of cache classes",
        arguments: [
            ("cache.t4g.micro", 0.5), ("cache.t3.medium", 3.09), ("cache.m6g.large", 6.38), ("cache.r7g.large", 13.07),
            ("cache.r5.24xlarge", 635.61), ("cache.t2.micro", nil), ("cache.r4.large", nil), ("cache.r6g.mini", nil),
            ("db.r6g.large", nil), ("", nil),
        ] as [(String, Double?)])
    func caches(name: String, gibibytes: Double?) {
        #expect(InstanceClass.cacheMemoryBytes(name) == gibibytes.map { $0 * Self.gibibyte })
    }

    @Test(
        "connections of 16 GiB and of 64 GiB",
        arguments: [
            ("mysql", 16, 1_365), ("postgres", 16, 1_802), ("postgres", 64, 5_000), ("aurora-postgresql", 16, 1_802),
            ("aurora-mysql", 16, nil), ("oracle-ee", 16, nil),
        ] as [(String, Double, Double?)])
    func connections(engine: String, gibibytes: Double, expected: Double?) {
        #expect(InstanceClass.maximumConnections(engine, memory: gibibytes * Self.gibibyte) == expected)
    }
}
