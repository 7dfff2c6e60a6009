import threading, time
from benchmarks import stage, race
from cdp.store import views, protocol
import pytest
@pytest.mark.parametrize("iso",["REPEATABLE READ", None])
def test_rr(stores, place, backend, iso):
    if backend=="sqlite": pytest.skip()
    o,w = stores
    (p,)=stage.add_people(o,w,1)
    assert stage.build(o,w,p)
    s = race.Way("x",isolation=iso).open(place)
    from sqlalchemy import text
    c = s.views.begin(w)
    print(c.execute(text("show transaction_isolation")).scalar())
    made = views.Build(p.profile,p.records,(stage.sealed(p,1),),(),{})
    assert views.publish(c,w,1,[made])
    out=[]
    def go():
        try:
            out.append(stage.say(s,w,p,__import__("cdp.ids").ids.new_id(),granted=False))
        except BaseException as e: out.append(e)
    t=threading.Thread(target=go); t.start(); time.sleep(1)
    c.commit(); c.close(); t.join()
    print(iso, out, stage.see(o,w,p) is not None)
    s.close()
