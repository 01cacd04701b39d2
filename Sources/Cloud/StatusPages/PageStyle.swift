/// The style of pages that show services, on top of `BaseStyle`.
///
/// The columns of all rows are the same, so that bars of one time stand below one another. On a narrow screen a row is
/// broken into its name, its bars and its figures. `summary` keeps a height of its own there, above the bars.
public enum PageStyle {
    /// The stylesheet.
    public static let text: StaticString = """
        :root{--up:#3fa66f;--down:#cf3a33;--degraded:#c98a00;--planned:#5b83d6;--none:#c3cbd4;--marker:#17212b}
        @media screen and (prefers-color-scheme:dark){:root{--up:#3d9e6c;--down:#ff6b62;--degraded:#f0b93a;\
        --planned:#7ea2ee;--none:#46525f;--marker:#fff}}
        .masthead,main,footer{max-width:82rem}
        .vh{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
        .i{width:1.05rem;height:1.05rem;flex:none;fill:var(--muted)}.i.large{width:2.6rem;height:2.6rem}
        .i.up{fill:var(--good)}.i.down{fill:var(--bad)}.i.degraded{fill:var(--warn)}.i.maintenance{fill:var(--info)}
        .i path:not(.f){fill:none;stroke:var(--card);stroke-width:1.8;stroke-linecap:round;stroke-linejoin:round}
        .i .o,.i path.o{fill:none;stroke:var(--muted);stroke-width:1.6}.i circle.o{stroke-dasharray:3.2 2.3}
        .hero{display:grid;grid-template-columns:auto 1fr;gap:0 1rem;align-items:center;background:var(--card);\
        border:1px solid var(--line);border-radius:12px;padding:1.1rem 1.25rem;margin:.75rem 0 1rem;box-shadow:var(--shadow)}
        .hero h1{margin:0;font-size:1.45rem}.hero p{margin:.1rem 0 0;color:var(--muted)}
        .hero.up{background:var(--good-soft)}.hero.down{background:var(--bad-soft)}
        .hero.degraded{background:var(--warn-soft)}.hero.maintenance{background:var(--info-soft)}
        .chip{font-size:.75rem;font-weight:600;line-height:1.25;border-radius:99px;padding:.12rem .5rem;\
        white-space:nowrap;background:var(--neutral-soft);color:var(--muted)}
        .chip.down,.chip.bad{background:var(--bad-soft);color:var(--bad)}
        .chip.degraded,.chip.warn{background:var(--warn-soft);color:var(--warn)}
        .chip.maintenance{background:var(--info-soft);color:var(--info)}.chip.up,.chip.good{background:var(--good-soft);color:var(--good)}
        .services{--name:2.6rem;--bar:1.5rem;font-size:.92rem}
        .group.far{content-visibility:auto;contain-intrinsic-size:auto 45rem}.curves{content-visibility:auto;contain-intrinsic-size:auto 60rem}
        .group+.group{margin-top:1.4rem}
        .group-head{display:flex;gap:.6rem;align-items:center;padding-bottom:.35rem;border-bottom:1px solid var(--line)}
        .group-head h3{margin:0;font-size:1rem}.sum{font-size:.82rem;color:var(--muted)}
        .sum.down{color:var(--bad);font-weight:600}.sum.degraded{color:var(--warn);font-weight:600}
        .rows{list-style:none;margin:0;padding:0}
        .row{display:grid;grid-template-columns:1fr;position:relative;border-bottom:1px solid var(--line);padding-bottom:.5rem}
        .row details{grid-row:1;grid-column:1/-1;min-width:0}
        .row summary{display:flex;gap:.5rem;align-items:center;min-width:0;height:var(--name);\
        margin-bottom:calc(var(--bar)*2 + 3.4rem)}
        .row summary::before{order:9;margin:0 .3rem 0 auto;width:.4rem;height:.4rem;opacity:.55}
        .row details[open]>summary::before{margin-top:-.2rem}
        .row summary strong{font-weight:550;white-space:nowrap;overflow:hidden;text-overflow:ellipsis;min-width:0}
        .row summary small{white-space:nowrap;font-size:.8rem}
        .row summary:hover strong{text-decoration:underline;text-underline-offset:.2em;text-decoration-thickness:1px}
        .b{display:block;width:100%;height:var(--bar);grid-row:1;grid-column:1;align-self:start;touch-action:pan-y;cursor:crosshair}
        .b path{fill:none;stroke-dasharray:.7 .3}
        .b .u{stroke:var(--up);stroke-width:14}.b .g{stroke:var(--degraded);stroke-width:17}
        .b .d{stroke:var(--down);stroke-width:20}.b .m{stroke:var(--planned);stroke-width:9}.b .n{stroke:var(--none);stroke-width:4}
        .b .at{fill:var(--marker);fill-opacity:.16;stroke:none}
        .days{margin-top:var(--name)}.hours{margin-top:calc(var(--name) + var(--bar) + .35rem)}
        .row>.a{grid-row:1;grid-column:1;align-self:start;margin:calc(var(--name) + var(--bar)*2 + .7rem) 0 0}
        .a{display:grid;grid-template-columns:repeat(4,1fr);max-width:none;gap:.4rem;font-size:.88rem}
        .a small{font-size:.75rem;color:var(--muted);display:block;line-height:1.2}.a span{white-space:nowrap}.a .bad{color:var(--bad)}.a .warn{color:var(--warn)}.a .none{color:var(--muted)}
        .columns span{display:none}.columns .narrow{display:block;font-size:.78rem;color:var(--muted);margin-bottom:.6rem}
        .axis{display:none}
        .ticks{display:block;width:100%;height:1.25rem;overflow:visible}
        .ticks text{fill:var(--muted);font-size:.75rem}
        .inside{padding:.2rem 0 1rem}.inside .outages{margin:.7rem 0 .2rem}.inside p{margin:.5rem 0 0}
        .inside .facts{font-size:.88rem}
        .outages{font-size:.88rem}.outages th,.outages td{padding:.3rem .9rem .3rem 0}.outages td:nth-child(-n+2){white-space:nowrap;width:1%}
        .curves{font-size:.88rem}.curves ul{list-style:none;margin:0;padding:0}
        .curves li{display:grid;grid-template:"n v" auto "c c" auto/1fr auto;gap:.1rem .8rem;align-items:center;padding:.35rem 0}
        .curve-name{grid-area:n}.curve-value{grid-area:v}.c{grid-area:c}.curve-axis>span{display:none}
        .curves li{border-bottom:1px solid var(--line)}
        .curve-name{white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
        .curve-value{text-align:right;white-space:nowrap}.curve-value small{font-size:.78rem}
        .c{display:block;width:100%;height:2.1rem;touch-action:pan-y;cursor:crosshair}
        .c .line{fill:none;stroke:var(--probe);stroke-width:1.5;vector-effect:non-scaling-stroke;stroke-linejoin:round}
        .c .area{fill:var(--probe);fill-opacity:.12}.c .trouble{fill:var(--down);fill-opacity:.16}
        .c .at{stroke:var(--marker);stroke-width:1;vector-effect:non-scaling-stroke;stroke-opacity:.55}
        .curves.large li{border:0;display:block}.curves.large .c{height:8rem;border-bottom:1px solid var(--line)}
        .curves.large .curve-name{display:none}.curves.large .curve-value{display:block;text-align:left;margin-bottom:.3rem}
        .curves.large .curve-value small{display:inline;margin-left:.4rem;font-size:.85rem}
                .strip .b{height:2.2rem;margin:0;grid-column:1}.legend .b.key{width:1.1rem;height:1rem;cursor:auto;margin:0}
        .meter{display:block;width:100%;height:.8rem;border-radius:99px;margin:.2rem 0 .5rem}
        .meter path{fill:none;stroke:var(--neutral-soft);stroke-width:1}.meter .left{stroke:var(--up)}
        .meter.warn .left{stroke:var(--degraded)}.meter.bad .left{stroke:var(--down)}
        .incident{border-left:3px solid var(--line);padding:.1rem 0 .1rem .8rem;margin:.8rem 0}
        .incident.down{border-color:var(--down)}.incident.degraded{border-color:var(--degraded)}\
        .incident.maintenance{border-color:var(--planned)}
        .incident h3,.incident h4{margin:0;font-size:1rem;display:flex;gap:.45rem;align-items:center}.incident a{color:inherit}
        .incident p{margin:.15rem 0}.incident:last-child{margin-bottom:0}.day{border-bottom:1px solid var(--line);padding-bottom:.2rem;color:var(--muted);\
        font-size:.88rem}
        .updates{list-style:none;margin:0;padding:0}.updates li{border-left:2px solid var(--line);padding:0 0 .8rem 1rem;\
        position:relative}.updates li::before{content:"";position:absolute;left:-.36rem;top:.45rem;width:.6rem;height:.6rem;\
        border-radius:50%;background:var(--info)}.updates .when{color:var(--muted);font-size:.88rem;margin:0}\
        .updates .when strong{color:var(--text)}.updates p{margin:.2rem 0}
        .links{list-style:none;display:flex;flex-wrap:wrap;gap:.2rem 1.1rem;margin:0;padding:0}
        .stale,.unread{border:1px solid var(--warn);border-radius:12px;background:var(--warn-soft);padding:.6rem 1.25rem;\
        margin:0 0 1rem;max-width:none}.unread h2{font-size:.95rem;margin:0}\
        .unread ul{margin:0;padding:0;list-style:none;font-size:.88rem}.unread .note{margin:.2rem 0 0}
        .stale{position:fixed;z-index:8;inset:auto 1rem 1rem;max-width:60rem;margin:0 auto;font-weight:600;\
        box-shadow:0 4px 16px #0004}.is-stale footer{padding-bottom:7rem}
        .is-stale .hero{background:var(--neutral-soft)}.is-stale .hero .i{fill:var(--muted)}
        .is-stale .row,.is-stale .group-head,.is-stale .curves li,.is-stale .strip{filter:grayscale(1)}
        #tip{position:fixed;z-index:9;left:0;top:0;max-width:min(22rem,calc(100vw - 1rem));padding:.5rem .7rem;\
        border-radius:8px;background:var(--text);color:var(--card);font-size:.82rem;line-height:1.4;pointer-events:none;\
        box-shadow:0 4px 16px #0004}
        #tip[hidden]{display:none}#tip b,#tip span{display:block}#tip i{display:inline-block;width:.6rem;height:.6rem;\
        border-radius:2px;margin-right:.4rem}
        #tip .u{background:var(--up)}#tip .g{background:var(--degraded)}#tip .d{background:var(--down)}\
        #tip .m{background:var(--planned)}#tip .n{background:var(--none)}
        @media (min-width:77rem){
        .services{--name:2.75rem;--bar:1.45rem}
        .columns,.row,.axis{display:grid;grid-template-columns:minmax(11rem,1fr) 15rem 22.5rem 17.5rem;gap:0 1.4rem}
        .columns{position:sticky;top:0;z-index:1;background:var(--card);font-size:.78rem;color:var(--muted);padding:.3rem 0;margin-bottom:.4rem}
        .columns span{display:block}.columns .a{display:grid;font-size:.78rem}.columns .narrow{display:none}
        .row{padding-bottom:0}.row:hover{background:linear-gradient(90deg,transparent,var(--soft) 4% 96%,transparent)}
        .row summary{margin:0;width:calc(100% - 15rem - 22.5rem - 17.5rem - 4.2rem)}
        .b{align-self:start;margin-top:calc((var(--name) - var(--bar))/2)}
        .hours{grid-column:2}.days{grid-column:3}
        .row>.a{grid-column:4;margin:0;height:var(--name);align-items:center}
        .a{gap:0;font-size:.84rem}.a>span{text-align:right}
        .row .a small{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
        .inside{padding-left:1.55rem}
        .curves:not(.large) li,.curves:not(.large) .curve-axis{display:grid;grid-template:"n c v" auto/15rem 1fr 9rem;gap:0 1.5rem;padding:0}\
        .curve-axis>span{display:block}}
        @media (min-width:40rem){.strip.of-hours{max-width:53.4%}}
        @media (prefers-reduced-motion:no-preference){#tip{transition:opacity .1s}}
        @media print{.columns,.stale{position:static}.row,.curves li{break-inside:avoid}#tip{display:none}}
        """
}
