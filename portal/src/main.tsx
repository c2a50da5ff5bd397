import '@mantine/core/styles.css';
import './theme/global.css';
import { createRoot } from 'react-dom/client';
import { App } from './app/App';
import { enterByLink } from './app/session';
import { applyScheme } from './theme/scheme';

enterByLink();
applyScheme();

const place = document.getElementById('portal');
if (place) createRoot(place).render(<App />);
