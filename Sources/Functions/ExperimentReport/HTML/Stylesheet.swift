internal import Markup

/// The style of what only this page draws, on top of ``BaseStyle``.
///
/// The page has no script and loads nothing. The policy in its head allows these two styles alone, by their digests.
enum Stylesheet {
    /// The page's styles, in their order.
    static let all: [StaticString] = [BaseStyle.text, text]

    static let text: StaticString = """
        .badge.action{color:var(--info);border-color:currentColor}.badge.probe{color:var(--probe);border-color:currentColor}
        .verdict{display:grid;grid-template-columns:auto 1fr;gap:.35rem 1rem;align-items:start;border-left:6px solid}
        .verdict h2,.verdict h3{font-size:1.9rem;line-height:1.15;margin:.15rem 0 .3rem}.run .card>h3{margin-top:0}\
        h1+.verdict{margin-top:.8rem}
        .verdict p{font-size:1.08rem;margin:0 0 .5rem}
        .verdict.good{background:var(--good-soft);border-color:var(--good)}.verdict.good h2,.verdict.good h3{color:var(--good)}
        .verdict.bad{background:var(--bad-soft);border-color:var(--bad)}.verdict.bad h2,.verdict.bad h3{color:var(--bad)}
        .verdict.warn{background:var(--warn-soft);border-color:var(--warn)}.verdict.warn h2,.verdict.warn h3{color:var(--warn)}
        .verdict.neutral{background:var(--neutral-soft);border-color:var(--muted)}
        .points{margin:.4rem 0 0;padding:0;list-style:none;display:grid;gap:.3rem}
        .points li{display:grid;grid-template-columns:1.15rem 1fr;gap:.5rem;align-items:start}
        .points .icon{margin-top:.2rem}
        .icon{width:1.15rem;height:1.15rem;flex:none;vertical-align:-.2em}.icon.large{width:3rem;height:3rem;margin-top:.15rem}
        .icon .shape{fill:var(--muted)}.icon .sign{fill:none;stroke:var(--card);stroke-width:2.5;stroke-linecap:round;\
        stroke-linejoin:round}
        .icon.good .shape{fill:var(--good)}.icon.bad .shape{fill:var(--bad)}.icon.warning .shape,\
        .icon.interrupted .shape{fill:var(--warn)}
        .narrow td{min-width:4.1rem;padding-right:.6rem}.narrow td.name{min-width:7.2rem}
        .activity{border-top:1px solid var(--line)}.activity:first-of-type{border-top:0}
        .activity>summary{display:flex;gap:.5rem;padding:.6rem 0;align-items:flex-start}
        .activity>summary .what{flex:1;min-width:0}.activity>summary .icon{margin-top:.18rem}
        .activity>summary .when{color:var(--muted);font-size:.85rem;text-align:right;white-space:nowrap}
        .activity .inside{padding:0 0 .75rem 1.7rem}
        .activity .failure{color:var(--bad);display:block;font-size:.9rem}
        .lane{display:grid;grid-template-columns:1fr;border-top:1px solid var(--line)}
        .lane.axis,.lane.bands{border-top:0}
        .lane-name{font-size:.85rem;padding:.35rem 0 0;line-height:1.3}
        .lane-name small{margin-left:.35rem}
        .lane.bands .lane-name,.lane.axis .lane-name{display:none}
        .lane svg{display:block;width:100%;overflow:visible}
        .lane svg text{fill:var(--muted);font-size:12px}
        .definitions{position:absolute}
        .band-Before{fill:var(--soft)}.band-Method{fill:var(--info-soft)}.band-After{fill:var(--soft)}\
        .band-Rollbacks{fill:var(--warn-soft)}
        .bands text{font-weight:600}
        .grid{stroke:var(--line)}
        .bar{stroke-width:2;stroke-linejoin:round;stroke:var(--info);fill:var(--info)}
        .probe .bar{stroke:var(--probe);fill:var(--probe)}.rollback .bar{stroke:var(--rollback);fill:var(--rollback)}
        .background .bar{fill-opacity:.35}
        .bar.bad,.bar.error{stroke:var(--bad);fill:var(--bad)}.bar.skipped{fill:var(--card);stroke:var(--muted);\
        stroke-dasharray:3 3}
        .pause{stroke:var(--muted);stroke-width:1.5;stroke-dasharray:2 4}
        .mark{stroke:var(--card);stroke-width:1.5;fill:var(--good)}
        .mark.bad,.mark.error{fill:var(--bad)}.mark.skipped{fill:var(--muted)}
        .state{fill:var(--good);stroke:var(--good);stroke-width:1.5}.state.bad,.state.error{fill:var(--bad);stroke:var(--bad)}\
        .state.skipped{fill:var(--muted);stroke:var(--muted)}
        .curve{fill:none;stroke:var(--probe);stroke-width:1.75;vector-effect:non-scaling-stroke;stroke-linejoin:round}
        .area{fill:var(--probe);fill-opacity:.12;stroke:none}
        .chart{margin:0 0 1.1rem}.chart+.legend{margin:-.6rem 0 1.1rem}.chart figcaption{font-size:.85rem;color:var(--muted);margin-bottom:.25rem}
        .chart svg{display:block;width:100%;overflow:visible}.chart text{fill:var(--muted);font-size:12px}
        .column{fill:var(--info)}.column.recovery{fill:var(--warn)}
        .cell.good{fill:var(--good)}.cell.bad{fill:var(--bad)}.cell.warn{fill:var(--warn)}.cell.neutral{fill:var(--muted)}
        .run>summary{display:flex;gap:.6rem;align-items:flex-start}.run>summary .what{flex:1}.run>summary h3{margin:0}
        .run[open]>summary{margin-bottom:1rem}.run .card{box-shadow:none}.run>.card:last-child{margin-bottom:0}
        @media (min-width:52rem){
        .lane{grid-template-columns:17rem 1fr;column-gap:1rem}.lane-name{padding:.4rem 0;align-self:center}
        .lane.bands .lane-name,.lane.axis .lane-name{display:block}
        .verdict{grid-template-columns:auto 1fr;gap:.5rem 1.25rem;padding:1.5rem}
        .verdict h2{font-size:2.3rem}}
        @media print{.lane,.activity>summary{break-inside:avoid}}
        """
}
