// Beside the viewer: says of the studies in its address whether they have open conflicts, and where to look.
(() => {
  const MAX_STUDIES = 20;
  const LOOK_MS = 500;
  let asked = '';
  let banner = null;

  const studies = () => {
    const uids = new Set();
    for (const [name, value] of new URLSearchParams(location.search)) {
      if (name.toLowerCase() === 'studyinstanceuids') {
        value.split(',').filter(uid => /^[0-9A-Za-z.-]+$/.test(uid)).forEach(uid => uids.add(uid));
      }
    }
    return [...uids];
  };

  const line = (text, uid) => {
    const shown = document.createElement('div');
    shown.append(text + ' ');
    const link = document.createElement('a');
    link.href = '/studies/' + uid;
    link.target = '_blank';
    link.rel = 'noopener';
    link.textContent = 'Look at the study';
    link.style.cssText = 'color:inherit;text-decoration:underline';
    shown.append(link);
    return shown;
  };

  const says = async uid => {
    try {
      const answer = await fetch('/api/studies/' + uid, {headers: {Accept: 'application/json'}});
      if (answer.status === 404) {
        return null;
      }
      if (!answer.ok) {
        throw new Error('status ' + answer.status);
      }
      const open = (await answer.json()).study.openConflicts;
      if (open === 0) {
        return null;
      }
      return line((open === 1 ? 'One open conflict' : open + ' open conflicts')
          + ': objects arrived that contradict what is shown.', uid);
    } catch (e) {
      return line('Whether this study has open conflicts could not be told.', uid);
    }
  };

  const look = async () => {
    const now = studies();
    if (now.join() === asked) {
      return;
    }
    asked = now.join();
    if (banner) {
      banner.remove();
      banner = null;
    }
    const mine = asked;
    const lines = (await Promise.all(now.slice(0, MAX_STUDIES).map(says))).filter(shown => shown !== null);
    if (lines.length === 0 || mine !== asked) {
      return;
    }
    banner = document.createElement('div');
    banner.id = 'archipelago-conflicts';
    banner.setAttribute('role', 'alert');
    // At the bottom: the viewer's tools are at the top.
    banner.style.cssText = 'position:fixed;bottom:0;left:50%;transform:translateX(-50%);z-index:2147483647;padding:6px 14px;'
        + 'background:#b3261e;color:#fff;font:14px/1.4 sans-serif;border-radius:6px 6px 0 0';
    banner.append(...lines);
    document.body.append(banner);
  };

  const start = () => {
    look();
    setInterval(look, LOOK_MS); // the viewer changes its address without loading a page
  };
  if (document.body) {
    start();
  } else {
    document.addEventListener('DOMContentLoaded', start);
  }
})();
