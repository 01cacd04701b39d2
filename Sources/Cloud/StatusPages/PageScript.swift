/// What a page does when scripts run: it tells what a bar or a curve shows, at the pointer, the finger or by arrow
/// keys.
///
/// It computes everything from the place of the pointer and the data that the drawing carries (see ``ServiceBars`` and
/// ``ResponseChart``), and listens at the document, so parts of the page can be replaced at any time. Text only ever
/// becomes text.
public enum PageScript {
    /// The script, a module without dependencies.
    public static let text: StaticString = #"""
        const d=document,tip=d.createElement('div'),el=(n,c,t)=>{const e=d.createElement(n);if(c)e.className=c;\#
        if(t)e.textContent=t;return e};
        tip.id='tip';tip.hidden=true;tip.setAttribute('role','status');d.body.append(tip);
        const words={u:'Up',g:'Degraded',d:'Down',m:'Maintenance',n:'No data'},\#
        zoneOf=e=>e.closest('[data-z]')?.dataset.z||'UTC';
        const date=(ms,options,zone)=>{try{return new Intl.DateTimeFormat('en-GB',{...options,timeZone:zone}).format(ms)}\#
        catch{return new Intl.DateTimeFormat('en-GB',{...options,timeZone:'UTC'}).format(ms)+' UTC'}};
        const short={day:'numeric',month:'short',hour:'2-digit',minute:'2-digit',hourCycle:'h23'},\#
        clock={hour:'2-digit',minute:'2-digit',hourCycle:'h23'},day={weekday:'short',day:'numeric',month:'short',year:'numeric'};
        const cut=x=>(Math.floor(x*100+1e-9)/100).toFixed(2);
        const time=ms=>ms<1000?Math.round(ms)+' ms':(Math.round(ms/10)/100)+' s';
        const count=s=>s.viewBox.baseVal.width;
        function bar(s,i){let n=0;for(const part of s.dataset.b.split(',')){\#
        const [,k,state,bad,all,cause]=/^(\d*)([a-z])(?:(\d+)\/(\d+))?(?:\.(\d+))?$/.exec(part);n+=+k||1;\#
        if(i<n)return{state,bad:+bad||0,all:+all||0,cause:cause&&(s.dataset.c||'').split('\n')[cause]}}}
        function when(s,i){if(s.classList.contains('days'))return date(Date.parse(s.dataset.s)+i*864e5,day,'UTC');\#
        const from=(+s.dataset.s+i*3600)*1e3;return date(from,short,zoneOf(s))+' to '+date(from+36e5,clock,zoneOf(s))}
        function tellBar(s,i){const b=bar(s,i);if(!b)return;const line=el('span');line.append(el('i',b.state),\#
        words[b.state]+(b.all?': '+cut((b.all-b.bad)/b.all*100)+' % available':b.state=='u'?': 100 % available':''));\#
        const parts=[el('b','',when(s,i)),line];\#
        if(b.all)parts.push(el('span','',b.bad+' of '+b.all+' results failed'));\#
        if(b.cause)parts.push(el('span','',b.cause));return parts}
        function tellCurve(s,i){const box=s.closest('.curves'),at=(+box.dataset.s+i*box.dataset.step)*1e3;let value;\#
        for(const m of s.querySelector('.line').getAttribute('d').matchAll(/(\d+)-(\d+)/g))if(+m[1]==i)value=+m[2];\#
        return[el('b','',date(at,short,zoneOf(s))),\#
        el('span','',s.parentElement.firstElementChild.textContent+': '+(value==null?'not timed':time(value)))]}
        let shown;
        function clear(){tip.hidden=true;for(const m of d.querySelectorAll('.at'))m.remove();shown=null}
        function mark(s,i){const h=s.viewBox.baseVal,r=d.createElementNS(s.namespaceURI,'path');r.setAttribute('class','at');\#
        r.setAttribute('d',s.matches('.b')?`M${i-.15} 0h1v20h-1z`:`M${i} ${h.y}V0`);s.append(r)}
        function show(s,i){i=Math.max(0,Math.min(count(s)-1,i));if(shown&&shown[0]==s&&shown[1]==i&&!tip.hidden)return;\#
        const parts=s.matches('.b')?tellBar(s,i):tellCurve(s,i);if(!parts)return;clear();\#
        for(const t of s.querySelectorAll('title'))t.remove();\#
        if(s.matches('.b'))mark(s,i);else for(const c of s.closest('.curves').querySelectorAll('.c'))mark(c,i);\#
        shown=[s,i];s.at=i;tip.replaceChildren(...parts);tip.hidden=false;\#
        const r=s.getBoundingClientRect(),x=r.left+(i+.5)/count(s)*r.width,w=tip.offsetWidth,t=tip.offsetHeight;\#
        tip.style.left=Math.max(8,Math.min(innerWidth-w-8,x-w/2))+'px';\#
        tip.style.top=(r.top-t-8>4?r.top-t-8:r.bottom+8)+'px'}
        const drawing=e=>e.target.closest?.('svg.b,svg.c');
        function point(e){const s=drawing(e);if(!s)return clear();const r=s.getBoundingClientRect();\#
        show(s,Math.floor((e.clientX-r.left)/r.width*count(s)))}
        d.addEventListener('pointermove',point);d.addEventListener('pointerdown',point);
        d.documentElement.addEventListener('pointerleave',clear);addEventListener('scroll',()=>shown&&shown[0]!=d.activeElement\#
        &&clear(),{passive:true});
        const all=()=>[...d.querySelectorAll('svg.b,svg.c')].filter(s=>s.checkVisibility?.()!==false);
        function ready(){for(const box of d.querySelectorAll('.rows,.curves')){const list=[...box.querySelectorAll('svg.b,svg.c')];\#
        if(list.length&&!list.some(s=>s.tabIndex==0))list.forEach((s,n)=>s.setAttribute('tabindex',n?-1:0))}}
        ready();new MutationObserver(changes=>changes.some(c=>c.target!=tip&&!c.target.closest('svg'))&&ready()).observe(d.body,{childList:true,subtree:true});
        d.addEventListener('focusin',e=>{const s=drawing(e);if(s&&s.matches(':focus-visible'))show(s,s.at??count(s)-1);else if(!s)clear()});
        d.addEventListener('focusout',e=>drawing(e)&&clear());
        d.addEventListener('keydown',e=>{if(e.key=='Escape')return clear();const s=drawing(e);if(!s)return;\#
        const i=s.at??count(s)-1,to={ArrowLeft:i-1,ArrowRight:i+1,Home:0,End:count(s)-1,PageUp:i-10,PageDown:i+10}[e.key];\#
        if(to!=null){e.preventDefault();return show(s,to)}\#
        const step={ArrowDown:1,ArrowUp:-1}[e.key];if(!step)return;e.preventDefault();\#
        const list=all(),next=list[list.indexOf(s)+step];if(!next)return;\#
        for(const o of s.closest('.rows,.curves').querySelectorAll('svg'))if(o.tabIndex==0)o.setAttribute('tabindex',-1);\#
        const place=s.at;next.setAttribute('tabindex',0);if(count(next)==count(s))next.at=place;next.focus()});
        const old=d.querySelector('[data-made]'),span=s=>s<5400?Math.floor(s/60)+' minutes':s<172800?Math.floor(s/3600)+' hours':\#
        Math.floor(s/86400)+' days';
        function age(){const every=+old.dataset.every,s=Date.now()/1e3-old.dataset.made,late=s>Math.max(every*3,600);\#
        old.hidden=!late;d.documentElement.classList.toggle('is-stale',late);if(late){const text='This page is '+span(s)+\#
        ' old and should be made every '+(every<120?every+' seconds':span(every))+'. What it shows may no longer be true.';\#
        if(old.textContent!=text)old.textContent=text}}
        if(old){age();setInterval(age,30000)}
        """#
}
