import './theme/mantine';
import './theme/global.css';
import { createRoot } from 'react-dom/client';
import { App } from './app/App';
import { askAhead } from './app/ahead';
import { enterByLink } from './app/session';
import { lendNonce } from './theme/nonce';
import { applyScheme } from './theme/scheme';

const ready = enterByLink() ? Promise.resolve() : askAhead();
// A link that is opened in the tab where the portal is already changes nothing but the fragment.
window.addEventListener('hashchange', () => enterByLink());
applyScheme();
lendNonce();

const place = document.getElementById('portal');
if (place) void ready.then(() => createRoot(place).render(<App />));
